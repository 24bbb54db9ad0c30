"""Training of `image.brand`."""
