"""Shortened runs of the recipe that leave sources or ingredients out: what is learnt from what."""
