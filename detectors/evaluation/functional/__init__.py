"""The functional suite: named behaviours that detectors must flag or must let pass."""
