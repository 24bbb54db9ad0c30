"""What may be wrong with prompts, retrieved context and responses of an AI, found by rules."""
