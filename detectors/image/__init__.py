"""Pictures: bytes into pixels, and what can be said of them without a model."""
