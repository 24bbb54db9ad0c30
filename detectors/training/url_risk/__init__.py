"""Makes the URL model and the likeness scores of `text.links@1`."""
