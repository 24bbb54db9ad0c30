"""Training of `text.risk`."""
