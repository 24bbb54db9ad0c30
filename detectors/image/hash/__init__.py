"""`image.hash`: pictures that are known already, by PDQ hash."""
