"""`text.entities`: addresses, keys, personal data and claims in a text, each with its evidence."""
