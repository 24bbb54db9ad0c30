"""Attacks on the detectors."""
