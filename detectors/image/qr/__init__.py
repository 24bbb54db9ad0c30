"""`image.qr`: the codes in a picture, and what speaks against where they lead."""
