"""What `text.risk` is known to get wrong; goes onto its card."""

KNOWN_FAILURES = (
    "No data set annotates unsafe_generation or token_fraud, and child_safety has no trained "
    "detector by design: no output for them.",
    "Languages without training rows of a label (for hate and harassment all but English, Chinese, "
    "Portuguese and romanised Urdu) are ranked well but scored low: at the recommended "
    "thresholds almost nothing is found there.",
    "On sentences unlike its training sets it finds little: of the functional suite (2,316 "
    "authored cases, 12 languages, `tidegate eval run --functional`) it flags 19 % of what must be "
    "flagged, in English 44 %, and passes 98 % of what must pass.",
    "Chinese insults of a person score low on harassment: the Chinese set marks offence as hate.",
    "First-person talk of self-harm is not recognised: the rows are questions to an assistant.",
    "Questions for harmful instructions also score on impersonation and scam, for which they "
    "are unannotated.",
    "Warnings that repeat the words of an attack (do not call people idiots; report fake "
    "support) are sometimes flagged: 9 % of the look-alike prompts of notinject.",
    "impersonation was trained on authored rows and nine questions, and cannot be measured (two "
    "held-back rows).",
    "misinformation was trained on posts of 2020 on COVID-19 and knows no other subject.",
    "Live traffic holds far fewer violations than the calibration rows: read a score as an order, "
    "and set thresholds on labelled traffic.",
)
