from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from detectors.text.entities.token_risk import FACTS
from detectors.token_facts import CARD, TokenFacts
from schemas.content import Scalar

RISKY: Mapping[str, Scalar] = {
    "chain": "solana",
    "has_mint_authority": True,
    "lp_locked_percent": 0.0,
    "top10_holders_percent": 90.0,
    "sell_tax_percent": 40.0,
}
values = st.one_of(st.booleans(), st.floats(0, 100), st.integers(0, 10**9), st.text(max_size=5))
contexts = st.dictionaries(st.sampled_from([*sorted(FACTS), "chain", "locale"]), values)


def test_risky_facts_are_explained() -> None:
    ((signal,),) = TokenFacts().predict([RISKY])
    assert (signal.label, signal.detector, signal.part) == ("token_fraud", CARD.id, "facts")
    assert signal.score > 0.9
    assert signal.evidence is not None
    assert "mint authority +1.1" in signal.evidence["why"]


def test_contexts_without_facts_get_no_signal() -> None:
    assert TokenFacts().predict([{}, {"chain": "solana", "room_id": "r"}]) == [(), ()]
    assert TokenFacts().predict([]) == []


@given(st.lists(contexts, max_size=4))
def test_a_batch_answers_as_one_by_one(batch: list[dict[str, Scalar]]) -> None:
    detector = TokenFacts()
    together = detector.predict(batch)
    assert together == [detector.predict([one])[0] for one in batch]
    for signals in together:
        assert all(0.0 <= signal.score <= 1.0 for signal in signals)
