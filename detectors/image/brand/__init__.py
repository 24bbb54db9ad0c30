"""`image.brand`: look-alikes of protected logos."""
