"""Recordings: bytes into samples, where someone speaks, and what is said."""
