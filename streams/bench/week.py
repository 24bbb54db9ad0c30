"""A week of made-up history: verdicts as the pipeline decides them, of all surfaces and stages.

Nobody wrote the items: they have lengths, scores and features, drawn in the proportions below,
and `streams.decide.decide` makes verdicts of these. At midnight the policy changes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from msgspec import Struct, structs

from detectors import registry
from schemas.content import Item, MediaPart, Scalar, TextPart
from schemas.features import UNKNOWN, ActorFeatures, CampaignFeatures, Features
from schemas.labels import LABELS, Label, MediaModality, Surface
from schemas.records import HumanLabel
from schemas.signals import Signal, Span
from schemas.verdicts import Stage, Verdict
from streams.capacity import fitted
from streams.decide import Circumstances, Judged, decide
from streams.features import item_features
from streams.policy import CompiledPolicy, Rule, compile_policy

N_DAYS: Final = 7
SURFACES: Final[dict[Surface, float]] = {
    "chatroom": 0.7,
    "square": 0.16,
    "memerush": 0.05,
    "ai": 0.09,
}
LANGUAGES: Final = ("en", "en", "en", "zh", "zh", "ru", "es", "tr", "vi", "ja", "")
HARMLESS: Final = 0.40
"""Share of items of which nothing is told: texts that leave a model early."""
LOW: Final = 0.52
"""Share with low scores of some labels; the others violate something."""
MISSING: Final = 0.004
MEDIA: Final = 0.08
CLIPS: Final = 0.25
"""Of items with media."""
KNOWN_PICTURES: Final = 0.002
"""Of examined pictures."""
CAMPAIGN: Final = 0.01
REVISED: Final = 0.5
"""Of campaigns' members: those that were judged before it opened, and are judged again."""
LABELLED: Final = 0.01
MISTAKEN: Final = 0.1
"""Of people's decisions: those that differ from what scores suggest."""
TEXT: Final[tuple[Label, ...]] = tuple(
    label for label in LABELS if label not in {"child_safety", "token_fraud", "ai_generated"}
)
FAST: Final = ("text.canary@1", "text.risk@4", "text.links@1", "text.entities@2")
IMAGE: Final = ("image.hash@1", "image.ocr@1", "image.nsfw@1")
AV: Final = ("video.violence@1", "audio.asr@1")
VIOLATING: Final = 0.5
"""Scores from which on people would say so."""
RARE: Final = 0.05
STEP: Final = 0.02
"""How much higher the scores must be by the policy before."""


class Made(Struct, frozen=True):
    """All verdicts on one item, and what a person said of it, if anybody did."""

    verdicts: tuple[Verdict, ...]
    label: HumanLabel | None


def policies_of(policy: CompiledPolicy) -> tuple[CompiledPolicy, ...]:
    """Gives the policies that follow each other in a week: the last is the one given.

    Those before ask for a little higher scores.
    """
    known = registry.NAMES | {name for rule in policy.policy.rules for name in rule.detectors}
    milder = [
        structs.replace(
            policy.policy,
            version=f"{policy.policy.version}-{n}"[:200],
            rules=tuple(_milder(rule, n * STEP) for rule in policy.policy.rules),
        )
        for n in (2, 1)
    ]
    return (*(compile_policy(one, known=known) for one in milder), policy)


def _milder(rule: Rule, by: float) -> Rule:
    if rule.threshold is None:
        return rule
    return structs.replace(rule, threshold=min(rule.threshold + by, 1.0))


def week(
    n_items: int, start: datetime, policies: Sequence[CompiledPolicy], *, seed: int = 7
) -> Iterator[Made]:
    """Gives the items of the week from `start`, a midnight, in order of time."""
    random = Random(seed)  # noqa: S311 - drawn, not kept secret
    step = timedelta(days=N_DAYS) / n_items
    for number in range(n_items):
        created = start + step * number
        policy = policies[(created - start).days * len(policies) // N_DAYS]
        yield _made(f"{seed}-{number}", created, policy, random)


def _made(name: str, created: datetime, policy: CompiledPolicy, random: Random) -> Made:
    item = _item(name, created, random)
    drawn = random.random()
    is_violating = drawn >= HARMLESS + LOW
    signals: tuple[Signal, ...] = ()
    if drawn >= HARMLESS:
        signals = _signals(random, is_violating=is_violating)
    missing = ("text.risk@4",) if random.random() < MISSING else ()
    is_member = random.random() < CAMPAIGN
    is_late = is_member and random.random() >= REVISED
    features = Features(
        item=item_features(item),
        actor=_actor(random),
        campaign=_campaign(random) if is_late else CampaignFeatures(),
    )
    kinds = tuple(dict.fromkeys(part.modality for part in item.media))
    judged = Judged(signals=signals, missing=missing, pending=tuple(f"{one}.*" for one in kinds))
    now = created + timedelta(microseconds=random.randint(4_000, 900_000))
    found = [_decided(item, judged, "fast", FAST, policy, now, features)]
    detectors: tuple[str, ...] = FAST
    for at, kind in enumerate(kinds):
        now += timedelta(microseconds=random.randint(50_000, 9_000_000))
        own = IMAGE if kind == "image" else AV
        detectors += own
        judged = structs.replace(
            judged,
            signals=(*judged.signals, *_media_signals(random, kind)),
            missing=(*judged.missing, own[1]) if random.random() < MISSING else judged.missing,
            pending=tuple(f"{one}.*" for one in kinds[at + 1 :]),
        )
        stage: Stage = "image" if kind == "image" else "av"
        found.append(_decided(item, judged, stage, detectors, policy, now, features))
    if is_member and not is_late:
        later = structs.replace(features, campaign=_campaign(random))
        now += timedelta(seconds=random.uniform(1, 3_000))
        found.append(_decided(item, judged, "campaign", detectors, policy, now, later))
    return Made(tuple(found), _label(item, judged.signals, now, random))


def _decided(
    item: Item,
    judged: Judged,
    stage: Stage,
    detectors: tuple[str, ...],
    policy: CompiledPolicy,
    now: datetime,
    features: Features,
) -> Verdict:
    given = Circumstances(stage=stage, policy=policy, detectors=detectors, now=now)
    return fitted(decide(item, judged, "0" * 32, given, features))[0]


def _item(name: str, created: datetime, random: Random) -> Item:
    (surface,) = random.choices(tuple(SURFACES), tuple(SURFACES.values()))
    context: dict[str, Scalar] = {}
    if language := random.choice(LANGUAGES):
        context["locale"] = language
    if surface == "memerush":
        context |= {"lp_locked_percent": round(random.uniform(0, 100), 1)}
        context |= {"has_mint_authority": random.random() < RARE}
    media: list[MediaPart] = []
    if surface != "ai" and random.random() < MEDIA:
        kinds: tuple[MediaModality, ...] = ("image",)
        if random.random() < CLIPS:
            kinds = ("video",) if random.random() < CLIPS else ("image", "video")
        media = [
            MediaPart(name=f"media[{n}]", modality=kind, uri="https://media.example/1")
            for n, kind in enumerate(kinds)
        ]
    return Item(
        item_id=f"{surface}-{name}",
        surface=surface,
        actor_id=f"actor-{int(random.paretovariate(0.5)) % 50_000}",
        revision=1 + (random.random() < RARE),
        created_at=created,
        origin="ai" if surface == "ai" else "human",
        texts=(TextPart(name="text", text="x" * int(random.lognormvariate(3.5, 1.0))),),
        media=tuple(media),
        context=context,
    )


def _signals(random: Random, *, is_violating: bool) -> tuple[Signal, ...]:
    labels = random.sample(TEXT, random.randint(1, 6))
    low = [
        Signal(label=label, score=random.betavariate(1, 12), detector=FAST[1], part="text")
        for label in labels
    ]
    if not is_violating:
        return tuple(low)
    high = [
        Signal(
            label=label,
            score=random.betavariate(6, 1.5),
            detector=random.choice(FAST[1:]),
            part=random.choice(("text", "text", "joined", "title")),
            span=Span(start=0, end=9),
            evidence={"claim": "guaranteed"},
        )
        for label in random.sample(TEXT, random.randint(1, 3))
    ]
    return (*low, *high)


def _media_signals(random: Random, kind: MediaModality) -> list[Signal]:
    found: list[tuple[Label, float, str, dict[str, str] | None]] = []
    if kind == "video":
        found.append(("violence", random.betavariate(1, 6), AV[0], None))
    else:
        found.append(("sexual", random.betavariate(1, 10), IMAGE[2], None))
        found.append(("scam", random.betavariate(1, 8), FAST[1], None))
        if random.random() < KNOWN_PICTURES:
            asked = {
                "bank": "scam-posters",
                "entry": "1",
                "action": random.choice(("hold", "remove")),
            }
            found.append(("scam", 0.99, IMAGE[0], asked))
    return [
        Signal(label=label, score=score, detector=by, part="media[0]", evidence=evidence)
        for label, score, by, evidence in found
    ]


def _actor(random: Random) -> ActorFeatures:
    n_1h = int(random.paretovariate(1.1))
    return ActorFeatures(
        n_10s=min(n_1h, int(random.paretovariate(2.0))),
        n_1m=min(n_1h, int(random.paretovariate(1.5))),
        n_1h=n_1h,
        n_repeats_1h=int(random.paretovariate(2.0)) - 1,
        n_near_repeats_1h=int(random.paretovariate(1.8)) - 1,
        link_share_1h=random.betavariate(1, 9),
        n_rooms_1h=min(n_1h, int(random.paretovariate(2.0))),
        n_seen=n_1h + int(random.paretovariate(0.8)),
        seen_days=random.expovariate(0.02),
        account_days=random.expovariate(0.005) if random.random() < LOW else UNKNOWN,
        violations=random.expovariate(2.0) if random.random() < RARE else 0.0,
        strikes=float(random.randint(1, 3)) if random.random() < MISSING else 0.0,
    )


def _campaign(random: Random) -> CampaignFeatures:
    n_actors = random.randint(10, 300)
    return CampaignFeatures(
        id=f"campaign-{random.randint(1, 50)}",
        n_actors=n_actors,
        n_items=n_actors + random.randint(0, 500),
        n_surfaces=random.randint(1, 4),
        age_s=random.expovariate(0.001),
        violating_share=random.random(),
        is_by_text=True,
        is_by_link=random.random() < VIOLATING,
    )


def _label(
    item: Item, signals: Sequence[Signal], now: datetime, random: Random
) -> HumanLabel | None:
    """What a person says of some items: mostly what the scores suggest."""
    if random.random() >= LABELLED:
        return None
    present: list[Label] = []
    absent: list[Label] = []
    for label in dict.fromkeys(one.label for one in signals):
        top = max(one.score for one in signals if one.label == label)
        is_present = (top >= VIOLATING) != (random.random() < MISTAKEN)
        (present if is_present else absent).append(label)
    if not signals:
        absent.append("spam")
    return HumanLabel(
        label_id=f"label-{item.item_id}",
        item_id=item.item_id,
        surface=item.surface,
        item_revision=item.revision,
        present=tuple(present),
        absent=tuple(absent),
        annotator="reviewer-1",
        labelled_at=now + timedelta(hours=1),
    )
