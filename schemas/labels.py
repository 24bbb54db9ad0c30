"""The closed vocabularies: labels, surfaces, actions. Order matters where it says so."""

from typing import Final, Literal, get_args

Label = Literal[
    "hate",
    "harassment",
    "violence",
    "sexual",
    "child_safety",
    "self_harm",
    "illegal",
    "phishing",
    "scam",
    "market_manipulation",
    "token_fraud",
    "impersonation",
    "privacy",
    "spam",
    "misinformation",
    "prompt_attack",
    "unsafe_generation",
    "ai_generated",
]
"""What a detector can recognise. `ai_generated` is provenance and no violation by itself;
`child_safety` comes from hash banks and escalation alone, never from a trained detector."""

Surface = Literal["chatroom", "square", "memerush", "ai"]
"""The product a content item comes from."""

Action = Literal["allow", "label", "limit", "hold", "remove"]
"""What a verdict asks for, from mildest to most severe."""

Modality = Literal["text", "image", "video", "audio"]
MediaModality = Literal["image", "video", "audio"]

LABELS: Final[tuple[Label, ...]] = get_args(Label)
SURFACES: Final[tuple[Surface, ...]] = get_args(Surface)
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
MODALITIES: Final[tuple[Modality, ...]] = get_args(Modality)
MEDIA_MODALITIES: Final[tuple[MediaModality, ...]] = get_args(MediaModality)

SEVERITY: Final[dict[Action, int]] = {action: rank for rank, action in enumerate(ACTIONS)}
"""Rank of an action, 0 (allow) to 4 (remove)."""
