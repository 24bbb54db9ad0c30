"""A policy as it is written: the structs that a policy's files decode to.

Keys of the files are the fields; `streams/policies/README.md` says what they mean.
"""

from typing import Annotated, Final, Literal, get_args

from msgspec import Meta, Struct, field

from schemas.bounds import Id, LongText, ShortText
from schemas.labels import SURFACES, Action, Label, Modality, Surface
from schemas.verdicts import ActorAction, Mode, Priority
from streams.policy.grounds import DsaCategory, LegalGround, Severity

Threshold = Annotated[float, Meta(ge=0.01, le=1.0)]
"""Signals under 0.01 are not recorded, so no threshold may lie there."""
Share = Annotated[float, Meta(gt=0.0, le=1.0)]
Language = Annotated[str, Meta(pattern="^[a-z]{2,8}$")]
"""A primary language subtag in small letters, as `item.language` gives it."""
MAX_CONDITION_CHARS: Final = 2_000
Condition = Annotated[str, Meta(max_length=MAX_CONDITION_CHARS)]
Group = Literal["item", "actor", "campaign"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
"""The tables of features, as `schemas.features.Features` has them."""
Scalar = str | int | float | bool


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What asks for an action: a gate, a condition, a sample, or several of these at once.

    The gate is a label at or above a threshold. `thresholds` may override `threshold` for single
    surfaces and `languages` for single languages, which go first; `surfaces` limits where the rule
    applies. `detectors`, names without version, limits whose signals the gate sees; empty is
    everybody's. `when` is a condition in CEL.
    """

    id: Id
    action: Action
    reason: Id
    label: Label | None = None
    threshold: Threshold | None = None
    thresholds: dict[Surface, Threshold] = field(default_factory=dict)
    languages: dict[Language, Threshold] = field(default_factory=dict)
    detectors: tuple[Id, ...] = ()
    when: Condition = ""
    surfaces: tuple[Surface, ...] = SURFACES
    actor_action: ActorAction = ActorAction()
    queue: Id | None = None
    priority: Priority = "normal"
    mode: Mode = "enforce"
    canary_share: Share | None = None
    sample: Share = 1.0
    daily_quota: Annotated[int, Meta(ge=1)] | None = None
    strike: Annotated[float, Meta(ge=0.0, le=100.0)] = 0.0
    brake: bool = True


class Ground(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands behind a reason code: what people are told, and what regulators ask for."""

    policy_text: ShortText
    severity: Severity
    legal_ground: LegalGround
    dsa_category: DsaCategory
    law: ShortText = ""
    """The law, where the ground is illegal content."""


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a policy says of one surface besides rules; what is left out is as for all."""

    owner: ShortText = ""
    """Who answers for it; empty: who answers for the whole."""
    description: ShortText = ""
    policy_text: ShortText = ""
    on_missing: dict[Modality, Action] = field(default_factory=dict)
    on_pending: dict[Modality, Action] = field(default_factory=dict)


class Memory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How what actors did weighs on them later: `actor.violations` and `actor.strikes`."""

    violation_half_life_s: Annotated[float, Meta(gt=0.0, le=315_360_000.0)] = 604_800.0
    """After this time a violation weighs half."""
    violations: dict[Action, Annotated[float, Meta(ge=0.0, le=100.0)]] = field(
        default_factory=lambda: {"limit": 0.25, "hold": 0.5, "remove": 1.0}
    )
    """Weights by the action of the verdict; an action that is not named weighs nothing."""
    strike_expiry_s: Annotated[float, Meta(gt=0.0, le=315_360_000.0)] = 7_776_000.0
    """After this time a strike counts no more."""


class Brake(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a rule is braked: it fires far oftener than it used to, so somebody must look.

    It then asks for review alone until it fires less than half as often. Rules may opt out.
    """

    window_minutes: Annotated[int, Meta(ge=1, le=15)] = 5
    """What is counted: the minute that runs and those before it."""
    factor: Annotated[float, Meta(ge=1.0, le=10_000.0)] = 10.0
    """Oftener by this factor than in the day before."""
    share: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.25
    """A rule of which no full hour is known yet: this share of all items."""
    least: Annotated[int, Meta(ge=1)] = 200
    """And no less than so many."""


class ExampleSignal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signal of an example."""

    label: Label
    score: Annotated[float, Meta(ge=0.0, le=1.0)]
    detector: Id = "text.risk"
    part: Id = "text"


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an example gives. `scores` come from every detector that a rule on the label names."""

    surface: Surface
    scores: dict[Label, Annotated[float, Meta(ge=0.0, le=1.0)]] = field(default_factory=dict)
    signals: tuple[ExampleSignal, ...] = ()
    missing: tuple[Id, ...] = ()
    pending: tuple[Id, ...] = ()
    item: dict[str, Scalar] = field(default_factory=dict)
    actor: dict[str, Scalar] = field(default_factory=dict)
    campaign: dict[str, Scalar] = field(default_factory=dict)
    limited: tuple[Id, ...] = ()
    actor_id: str = "actor"
    item_id: str = "item"
    now: str = "2026-01-01T12:00:00Z"


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an example expects; what is left out may be anything, but for the action.

    `rules` are all that fire and count. `would` is the action had rules in shadow counted.
    """

    action: Action
    rules: tuple[Id, ...] | None = None
    queue: str | None = None
    """Empty is none."""
    priority: Priority | None = None
    actor_action: ActorAction | None = None
    would: Action | None = None


class Test(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An example that a policy must decide as it says."""

    given: Example
    expect: Expected
    name: ShortText = ""


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy as written. `on_missing` names the action when a modality could not be judged.

    `on_pending` names the action until a modality is judged; where it names none, `on_missing`.
    `surfaces` may say otherwise of single surfaces, `reasons` holds what stands behind reason
    codes. `detector_quotas` bound how many items a day rules act on by a detector's signals.
    """

    version: Id
    owner: ShortText
    description: ShortText
    on_missing: dict[Modality, Action]
    on_pending: dict[Modality, Action] = field(default_factory=dict)
    rules: tuple[Rule, ...]
    mode: Mode = "enforce"
    canary_share: Share | None = None
    policy_text: LongText = ""
    queues: tuple[Id, ...] = ()
    """The review queues that there are; empty leaves it open."""
    reasons: dict[Id, Ground] = field(default_factory=dict)
    surfaces: dict[Surface, Terms] = field(default_factory=dict)
    memory: Memory = Memory()
    brake: Brake = Brake()
    detector_quotas: dict[Id, Annotated[int, Meta(ge=1)]] = field(default_factory=dict)
    tests: tuple[Test, ...] = ()
