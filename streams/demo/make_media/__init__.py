"""Makes the demo's pictures, voice notes and clips."""
