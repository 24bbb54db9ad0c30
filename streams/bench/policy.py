"""Measures how long a policy takes to decide: `python -m streams.bench.policy`.

Some twenty seconds. Decides the same items, already detected, by the policy that ships, by one of
40 rules that are conditions alone, and by one of 40 conditions of which no part can be skipped;
prints microseconds of processor time an item, of the quickest round. Detecting and encoding are not
in it. Then verdicts are made and encoded, without and with the same policy in shadow beside.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import structs

from schemas.accounts import STANDINGS
from schemas.content import Item
from schemas.features import ActorFeatures, CampaignFeatures, Features, ItemFeatures
from schemas.labels import LABELS, MODALITIES, SURFACES
from schemas.signals import Signal
from streams.capacity import fitted
from streams.decide import Circumstances, Judged, decide
from streams.policy import SHIPPED, CompiledPolicy, Given, Policy, Rule, compile_policy, fire, load

SEED: Final = 5
BUSY: Final = 0.1
"""Share of items of actors who write much."""
IN_CAMPAIGN: Final = 0.02
N_RULES: Final = 40
_NOW: Final = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)

SIMPLE: Final = (
    "actor.n_10s > {n} && actor.standing == 'new'",
    "actor.n_repeats_1h >= {n} && item.n_links > 0",
    "campaign.n_actors > {n} && campaign.violating_share > 0.5",
    "score.scam > 0.9 && actor.account_days < {n}.0",
    "actor.n_rooms_1h > {n} && item.language in ['en', 'ru', 'zh']",
)
"""Conditions as people write them: comparisons that must all hold."""
OPEN: Final = (
    "actor.n_10s > {n} || actor.n_1m > {n} * 3",
    "double(actor.n_repeats_1h) / double(actor.n_1h + 1) > 0.5 && item.n_links > {n}",
    "campaign.n_actors * 2 > {n} || campaign.violating_share > 0.5",
    "score.scam + score.phishing > 1.2 || actor.account_days < -{n}.0",
    "!(actor.n_rooms_1h <= {n}) && item.language.startsWith('e')",
)
"""Conditions that only CEL can tell."""


def items(n: int, seed: int = SEED) -> list[Given]:
    """Gives items as detectors leave them: most harmless, one in ten of a busy actor."""
    dice = random.Random(seed)  # noqa: S311 - made-up items
    found = []
    for number in range(n):
        is_busy = dice.random() < BUSY
        signals = [
            Signal(
                label=label,
                score=round(dice.random() ** (1 if is_busy else 6), 4),
                detector=dice.choice(("text.risk@4", "text.entities@2", "text.links@1")),
                part="text",
            )
            for label in dice.sample(LABELS[:4] + LABELS[5:], 6)
        ]
        features = Features(
            item=ItemFeatures(
                language=dice.choice(("en", "ru", "zh", "ar", "")), n_links=dice.randrange(3)
            ),
            actor=ActorFeatures(
                n_10s=dice.randrange(20) if is_busy else 1,
                n_1m=dice.randrange(40) if is_busy else 1,
                n_1h=dice.randrange(90) if is_busy else 2,
                n_repeats_1h=dice.randrange(9) if is_busy else 0,
                n_rooms_1h=dice.randrange(9),
                account_days=round(dice.random() * 900, 2),
                standing=dice.choice(STANDINGS),
            ),
            campaign=CampaignFeatures(id="c", n_actors=dice.randrange(300), violating_share=0.8)
            if dice.random() < IN_CAMPAIGN
            else CampaignFeatures(),
        )
        surface = dice.choice(SURFACES)
        given = Given(
            surface=surface, now=_NOW, signals=signals, features=features, item_id=str(number)
        )
        found.append(given)
    return found


def conditions(texts: Sequence[str], n: int = N_RULES) -> CompiledPolicy:
    """Gives a policy of rules without gate."""
    rules = tuple(
        Rule(
            id=f"r{number}",
            action="limit",
            reason="flood",
            when=texts[number % len(texts)].format(n=3 + number),
        )
        for number in range(n)
    )
    return compile_policy(
        Policy(
            version="bench",
            owner="bench",
            description="conditions alone",
            on_missing=dict.fromkeys(MODALITIES, "hold"),
            rules=rules,
        )
    )


def microseconds(given: Sequence[Given], policy: CompiledPolicy, rounds: int) -> float:
    """Gives the time to decide an item in the quickest round: others only add to it."""
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        for one in given:
            fire(one, policy)
        taken.append((time.process_time() - begun) / len(given) * 1e6)
    return min(taken)


def verdicts(given: Sequence[Given], policy: CompiledPolicy) -> tuple[float, float]:
    """Makes and encodes a verdict on each item: microseconds and bytes of one."""
    circumstances = Circumstances(stage="fast", policy=policy, detectors=(), now=_NOW)
    made = [
        (
            Item(
                item_id=one.item_id,
                surface=one.surface,
                actor_id="a",
                revision=1,
                created_at=_NOW,
                origin="human",
            ),
            Judged(signals=tuple(one.signals)),
            one.features,
        )
        for one in given
    ]
    n_bytes = 0
    begun = time.process_time()
    for item, judged, features in made:
        n_bytes += len(fitted(decide(item, judged, "0" * 32, circumstances, features))[1])
    taken = time.process_time() - begun
    return taken / len(given) * 1e6, n_bytes / len(given)


def main() -> None:
    """Reads the options, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m streams.bench.policy", description=__doc__)
    parser.add_argument("--items", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--policy", type=Path, default=SHIPPED, help="in place of the shipped one")
    arguments = parser.parse_args()
    given = items(arguments.items)
    policies = {
        str(arguments.policy): load(arguments.policy),
        f"{N_RULES} rules, each a condition": conditions(SIMPLE),
        f"{N_RULES} rules, nothing of a condition can be skipped": conditions(OPEN),
    }
    for name, policy in policies.items():
        taken = microseconds(given, policy, arguments.rounds)
        n_rules, n_conditions = (
            len(policy.rules),
            sum(bool(one.when) for one in policy.policy.rules),
        )
        sys.stdout.write(
            f"{taken:6.1f} us an item | {name} ({n_rules} rules, {n_conditions} conditions)\n"
        )
    live = policies[str(arguments.policy)]
    both = structs.replace(live, beside=live)
    rounds = [(verdicts(given, live), verdicts(given, both)) for _ in range(arguments.rounds)]
    for place, name in enumerate(("a verdict, encoded", "with the same policy in shadow beside")):
        taken = min(one[place][0] for one in rounds)
        n_bytes = rounds[0][place][1]
        sys.stdout.write(f"{taken:6.1f} us an item, {n_bytes:,.0f} bytes | {name}\n")


if __name__ == "__main__":
    main()
