"""Media by address: the bytes and what they are, or a named reason. See README.md."""
