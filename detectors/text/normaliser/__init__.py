"""The text normaliser: what an obfuscated text says, with a map back to its characters."""
