"""Clips: decoded within bounds, sampled by shot, and what their motion says."""
