"""Text in pictures: lines found, read and put in order."""
