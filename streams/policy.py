"""Policy: thresholds and actions that a policy person can review, and the pure `decide`.

A policy file is TOML: see `streams/policies/README.md`. The hash identifies its content, not its
formatting, and stands on every verdict.
"""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct, field

from detectors import registry
from schemas.bounds import Id, ShortText
from schemas.labels import SEVERITY, SURFACES, Action, Label, Modality, Surface
from schemas.signals import Signal
from schemas.verdicts import ActorAction, Mode, Reason

SHIPPED: Final = Path(__file__).parent / "policies" / "default.toml"
MAX_POLICY_BYTES: Final = 1 << 20
MAX_CAUSE_CHARS: Final = 500
KNOWN: Final = "image.hash@"
"""Signals of known pictures, whose bank says what to do."""
Threshold = Annotated[float, Meta(ge=0.01, le=1.0)]
"""Signals under 0.01 are not recorded, so no threshold may lie there."""


class PolicyInvalid(ValueError):
    """A policy file cannot be used; the message says which file and why, in one line."""


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A label at or above a threshold asks for an action.

    `thresholds` may override `threshold` for single surfaces; `surfaces` limits where it applies.
    `detectors`, names without version, limits whose signals count; empty is everybody's.
    """

    id: Id
    label: Label
    threshold: Threshold
    action: Action
    reason: Id
    thresholds: dict[Surface, Threshold] = field(default_factory=dict)
    surfaces: tuple[Surface, ...] = SURFACES
    detectors: tuple[Id, ...] = ()
    actor_action: ActorAction = ActorAction()
    queue: Id | None = None


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy as written. `on_missing` names the action when a modality could not be judged.

    `on_pending` names the action until a modality is judged; where it names none, `on_missing`.
    """

    version: Id
    owner: ShortText
    description: ShortText
    on_missing: dict[Modality, Action]
    on_pending: dict[Modality, Action] = field(default_factory=dict)
    rules: tuple[Rule, ...]
    mode: Mode = "enforce"


class Fired(Struct, frozen=True, kw_only=True):
    """What a policy says of one item."""

    action: Action
    actor_action: ActorAction
    queue: str | None
    reasons: tuple[Reason, ...]


class CompiledPolicy(Struct, frozen=True, kw_only=True):
    """A checked policy, indexed for deciding: per surface and label, (threshold, rule) pairs."""

    policy: Policy
    hash: str
    by_surface: dict[Surface, dict[Label, tuple[tuple[float, Rule], ...]]]


def load(path: Path, *, known: Collection[str] = registry.NAMES) -> CompiledPolicy:
    """Reads and checks a policy file, whose rules may name the `known` detectors.

    Raises PolicyInvalid.
    """
    try:
        if path.exists() and not path.is_file():
            raise _invalid(str(path), "not a file")
        if path.stat().st_size > MAX_POLICY_BYTES:
            raise _invalid(str(path), f"larger than {MAX_POLICY_BYTES} bytes")
        written = tomllib.loads(path.read_text(encoding="utf-8"))
        policy = msgspec.convert(written, Policy)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, PolicyInvalid):
            raise
        raise _invalid(str(path), _cause(error)) from error
    return compile_policy(policy, where=str(path), known=known)


def _cause(error: Exception) -> str:
    """What went wrong, without the file's name, which an OSError repeats."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _invalid(where: str, cause: str) -> PolicyInvalid:
    """An error in one line, whatever the file holds: its own text may stand in the cause."""
    line = " ".join(f"{where}: {cause}".split())
    return PolicyInvalid(line if len(line) <= MAX_CAUSE_CHARS else f"{line[:MAX_CAUSE_CHARS]}...")


def compile_policy(
    policy: Policy, *, where: str = "policy", known: Collection[str] = registry.NAMES
) -> CompiledPolicy:
    """Checks what types cannot say and builds the index. Raises PolicyInvalid."""
    uses = Counter(rule.id for rule in policy.rules)
    repeated = sorted(name for name, n_uses in uses.items() if n_uses > 1)
    if repeated:
        raise _invalid(where, f"rule ids used twice: {', '.join(repeated)}")
    absent = sorted({"text", "image", "video", "audio"} - policy.on_missing.keys())
    if absent:
        raise _invalid(where, f"on_missing lacks {', '.join(absent)}")
    passed = sorted(name for name, action in policy.on_missing.items() if action == "allow")
    if passed:
        cause = f"on_missing may not allow what was not judged: {', '.join(passed)}"
        raise _invalid(where, cause)
    passed = sorted(name for name, action in policy.on_pending.items() if action == "allow")
    if passed:
        cause = f"on_pending may not allow what is not judged yet: {', '.join(passed)}"
        raise _invalid(where, cause)
    for rule in policy.rules:
        stray = sorted(set(rule.thresholds) - set(rule.surfaces))
        if stray:
            cause = f"rule {rule.id} has thresholds for surfaces it skips: {', '.join(stray)}"
            raise _invalid(where, cause)
        unknown = sorted(set(rule.detectors).difference(known))
        if unknown:
            raise _invalid(where, f"rule {rule.id} names no detector: {', '.join(unknown)}")
    return CompiledPolicy(
        policy=policy,
        hash=_digest(policy),
        by_surface={surface: _index(policy.rules, surface) for surface in SURFACES},
    )


def _digest(policy: Policy) -> str:
    """The hash of what a policy says; a table that it leaves out counts for nothing."""
    said = msgspec.to_builtins(policy)
    if not policy.on_pending:
        del said["on_pending"]
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()[:16]


def _index(rules: Iterable[Rule], surface: Surface) -> dict[Label, tuple[tuple[float, Rule], ...]]:
    index: dict[Label, list[tuple[float, Rule]]] = {}
    for rule in rules:
        if surface in rule.surfaces:
            threshold = rule.thresholds.get(surface, rule.threshold)
            index.setdefault(rule.label, []).append((threshold, rule))
    return {label: tuple(pairs) for label, pairs in index.items()}


def fire(
    surface: Surface,
    signals: Sequence[Signal],
    missing: Sequence[str],
    policy: CompiledPolicy,
    *,
    pending: Sequence[str] = (),
) -> Fired:
    """Applies a policy: the most severe action wins, every reason is kept.

    Depends on nothing but its arguments. Raising a signal's score never softens the action.
    """
    highest: dict[Label, float] = {}
    for signal in signals:
        if signal.score > highest.get(signal.label, 0.0):
            highest[signal.label] = signal.score
    version = policy.policy.version
    reasons: list[Reason] = []
    fired: list[Rule] = []
    index = policy.by_surface[surface]
    for label, top in highest.items():
        for threshold, rule in index.get(label, ()):
            score = _highest_of(rule, signals) if rule.detectors and top >= threshold else top
            if score >= threshold:
                fired.append(rule)
                reasons.append(
                    Reason(
                        code=rule.reason,
                        rule=rule.id,
                        policy_version=version,
                        label=label,
                        score=score,
                    )
                )
    for signal in signals:
        known = _known(signal)
        if known is not None:
            fired.append(known)
            reasons.append(
                Reason(
                    code=known.reason,
                    rule=known.id,
                    policy_version=version,
                    label=known.label,
                    score=signal.score,
                )
            )
    action: Action = "allow"
    actor_action, queue = ActorAction(), None
    if fired:
        gravest = max(fired, key=lambda rule: SEVERITY[rule.action])
        action, queue = gravest.action, gravest.queue
        actor_action = max((rule.actor_action for rule in fired), key=_gravity)
    for code, modality, asked in _unjudged(missing, pending, policy.policy):
        reasons.append(Reason(code=code, rule=f"on_{code}.{modality}", policy_version=version))
        if SEVERITY[asked] > SEVERITY[action]:
            # What is pending is no person's work yet.
            action = asked
            queue = "unjudged" if asked == "hold" and code == "missing" else queue
    # What may concern a child's safety reaches its own queue, whatever else the item is.
    queue = next((rule.queue for rule in fired if rule.label == "child_safety"), queue)
    return Fired(action=action, actor_action=actor_action, queue=queue, reasons=tuple(reasons))


def _known(signal: Signal) -> Rule | None:
    """The rule that a bank of known pictures is: each bank has an action of its own."""
    evidence = signal.evidence or {}
    action = evidence.get("action")
    if not signal.detector.startswith(KNOWN) or action not in SEVERITY:
        return None
    return Rule(
        id=f"bank.{evidence.get('bank', '')}"[:200],
        label=signal.label,
        threshold=1.0,
        action=action,
        reason="known_picture",
        queue="known_pictures" if action == "hold" else None,
    )


def _unjudged(
    missing: Sequence[str], pending: Sequence[str], policy: Policy
) -> Iterator[tuple[Literal["missing", "pending"], Modality, Action]]:
    """What is asked for the modalities that are missing, and for others that are pending."""
    absent = dict.fromkeys(_modality(name.partition(".")[0]) for name in missing)
    for modality in absent:
        yield "missing", modality, policy.on_missing[modality]
    for modality in dict.fromkeys(_modality(name.partition(".")[0]) for name in pending):
        if modality not in absent:
            yield (
                "pending",
                modality,
                policy.on_pending.get(modality, policy.on_missing[modality]),
            )


def reached(surface: Surface, signal: Signal, policy: CompiledPolicy) -> frozenset[str]:
    """Gives the ids of the rules that a signal fires by itself."""
    return frozenset(
        rule.id
        for threshold, rule in policy.by_surface[surface].get(signal.label, ())
        if signal.score >= threshold
        and (not rule.detectors or signal.detector.partition("@")[0] in rule.detectors)
    )


def idle_rules(policy: CompiledPolicy, names: Collection[str]) -> list[str]:
    """Gives the ids of rules that never fire where only detectors of these names are loaded."""
    return [
        rule.id
        for rule in policy.policy.rules
        if rule.detectors and not any(name in names for name in rule.detectors)
    ]


def _highest_of(rule: Rule, signals: Sequence[Signal]) -> float:
    """The highest score of the rule's label among the signals of its detectors."""
    scores = (
        signal.score
        for signal in signals
        if signal.label == rule.label and signal.detector.partition("@")[0] in rule.detectors
    )
    return max(scores, default=0.0)


_SANCTIONS: Final = {"none": 0, "warn": 1, "mute": 2, "suspend": 3}


def _gravity(action: ActorAction) -> tuple[int, float]:
    length = float("inf") if action.duration_s is None else float(action.duration_s)
    return _SANCTIONS[action.kind], length


def _modality(name: str) -> Modality:
    """The modality a detector id belongs to; detectors named otherwise judge text.

    Those of any file (`media.provenance`) count as the pictures'.
    """
    known: dict[str, Literal["image", "video", "audio"]] = {
        "image": "image",
        "media": "image",
        "video": "video",
        "audio": "audio",
    }
    return known.get(name, "text")
