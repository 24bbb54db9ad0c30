"""What `text.risk@1` is known to get wrong; goes onto its card."""

KNOWN_FAILURES = (
    "No data set annotates unsafe_generation, child_safety or token_fraud: no output for them.",
)
