"""`text.links`: web addresses in a text, however they are written, and what speaks against them."""
