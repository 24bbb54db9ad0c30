"""`text.risk`: what a text may violate, in many languages, label by label."""
