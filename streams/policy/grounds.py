"""Closed words for what stands behind a reason code.

Of the EU's DSA Transparency Database, schema version 2 of July 2025, in small letters and without
`STATEMENT_CATEGORY_` and `DECISION_GROUND_`:
https://transparency.dsa.ec.europa.eu/page/api-documentation.
"""

from typing import Literal

DsaCategory = Literal[
    "animal_welfare",
    "consumer_information",
    "cyber_violence",
    "cyber_violence_against_women",
    "data_protection_and_privacy_violations",
    "illegal_or_harmful_speech",
    "intellectual_property_infringements",
    "negative_effects_on_civic_discourse_or_elections",
    "not_specified_notice",
    "other_violation_tc",
    "protection_of_minors",
    "risk_for_public_security",
    "scams_and_fraud",
    "self_harm",
    "unsafe_and_prohibited_products",
    "violence",
]
LegalGround = Literal["illegal_content", "incompatible_content"]
"""Whether the law forbids it, or our terms alone."""
Severity = Literal["low", "medium", "high", "critical"]
"""How grave a violation is for those it meets, from least to most."""
