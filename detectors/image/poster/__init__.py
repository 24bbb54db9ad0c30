"""`image.poster`: what the words, the code and the name in one picture say together."""
