"""Training of `text.risk@1`."""
