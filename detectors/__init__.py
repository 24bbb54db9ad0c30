"""Detectors: parts in, signals out."""
