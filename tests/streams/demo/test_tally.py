from datetime import UTC, datetime
from uuid import uuid4

import pytest

from schemas.labels import Action, Surface
from schemas.verdicts import Reason, Verdict
from streams.demo.tally import N_NOTABLE, Counts, Seen, Tally, top_reasons

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def make_verdict(
    item_id: str = "m-1",
    surface: Surface = "chatroom",
    action: Action = "allow",
    reasons: tuple[Reason, ...] = (),
) -> Verdict:
    return Verdict(
        verdict_id=uuid4(),
        item_id=item_id,
        surface=surface,
        actor_id="u-1",
        item_revision=1,
        revision=1,
        stage="fast",
        status="final",
        action=action,
        reasons=reasons,
        policy_hash="0",
        occurred_at=NOW,
        decided_at=NOW,
        trace_id="0",
    )


def test_empty_tally_has_nothing_to_say() -> None:
    tally = Tally(started_s=10.0)
    assert tally.total == 0
    assert tally.first_after_s() is None
    assert tally.latency_ms(0.5) is None
    assert tally.rate(now_s=20.0) == 0


def test_counts_by_surface_and_action() -> None:
    tally = Tally(started_s=0.0)
    tally.add(Seen(verdict=make_verdict()), now_s=3.0)
    tally.add(Seen(verdict=make_verdict(action="hold")), now_s=3.5)
    tally.add(Seen(verdict=make_verdict(surface="ai", action="hold")), now_s=4.0)
    assert tally.total == 3
    assert tally.by_surface == {"chatroom": 2, "ai": 1}
    assert tally.by_action == {"allow": 1, "hold": 2}
    assert tally.by_surface_action["chatroom", "hold"] == 1
    assert tally.first_after_s() == 3.0


def test_counts_of_others_replace_the_last() -> None:
    tally = Tally(started_s=0.0)
    tally.add(Counts(sent=5, dead_letters=1), now_s=1.0)
    tally.add(Counts(sent=9, dead_letters=2, filtered=1), now_s=2.0)
    assert tally.counts == Counts(sent=9, dead_letters=2, filtered=1)
    assert tally.first_s is None


def test_rate_is_over_whole_seconds_of_the_window() -> None:
    tally = Tally(started_s=0.0)
    for second in range(100, 110):
        for i in range(second - 90):
            surface: Surface = "ai" if i == 0 else "square"
            tally.add(Seen(verdict=make_verdict(surface=surface)), now_s=second + 0.1)
    # Seconds 105 to 109 held 15 to 19 verdicts.
    assert tally.rate(now_s=110.2) == pytest.approx(17.0)
    assert tally.rate(now_s=110.2, surface="ai") == pytest.approx(1.0)
    assert tally.rate(now_s=112.2) == pytest.approx((17 + 18 + 19) / 5)
    assert tally.rate(now_s=200.0) == 0


def test_rate_right_after_the_first_verdict() -> None:
    tally = Tally(started_s=0.0)
    for _ in range(8):
        tally.add(Seen(verdict=make_verdict()), now_s=7.3)
    assert tally.rate(now_s=7.9) == 0
    assert tally.rate(now_s=8.1) == 8
    assert tally.rate(now_s=9.1) == 4


def test_latency_is_the_nearest_rank() -> None:
    tally = Tally(started_s=0.0)
    for ms in range(100, 0, -1):
        tally.add(Seen(verdict=make_verdict(), latency_ms=float(ms)), now_s=1.0)
    tally.add(Seen(verdict=make_verdict()), now_s=1.0)
    assert tally.latency_ms(0.5) == 50
    assert tally.latency_ms(0.99) == 99
    assert tally.latency_ms(1.0) == 100
    assert tally.latency_ms(0.0) == 1


def test_notable_keeps_the_latest_first() -> None:
    tally = Tally(started_s=0.0)
    for i in range(N_NOTABLE + 5):
        tally.add(Seen(verdict=make_verdict(item_id=f"m-{i}", action="limit")), now_s=1.0)
        tally.add(Seen(verdict=make_verdict()), now_s=1.0)
    assert len(tally.notable) == N_NOTABLE
    assert tally.notable[0].item_id == f"m-{N_NOTABLE + 4}"
    assert tally.n_notable == N_NOTABLE + 5


def test_top_reasons_name_each_label_once_highest_first() -> None:
    def reason(label: str | None, score: float | None, rule: str) -> Reason:
        return Reason(code="c", rule=rule, policy_version="1", label=label, score=score)  # type: ignore[arg-type]

    verdict = make_verdict(
        reasons=(
            reason(None, None, "on_missing.image"),
            reason("spam", 0.7, "spam-limit"),
            reason("scam", 0.971, "scam-hold"),
            reason("scam", 0.971, "scam-remove"),
        )
    )
    assert top_reasons(verdict) == ["scam 0.97", "spam 0.70"]
    assert top_reasons(make_verdict(reasons=verdict.reasons[:1])) == ["on_missing.image"]
