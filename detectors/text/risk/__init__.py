"""`text.risk`: what a text in any of 25 languages may violate, label by label."""
