"""The language of Tidegate: events, content items, signals, verdicts. Imports msgspec only."""
