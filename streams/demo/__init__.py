"""The demo: invented traffic of all four products, and the terminal that shows its verdicts."""
