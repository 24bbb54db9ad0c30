"""Authored contrast pairs: a violating text and a harmless twin that shares its words or form."""

from detectors.training.text_risk.contrast.generator import read

__all__ = ["read"]
