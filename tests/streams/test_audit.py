"""The account of one partition, without a broker; `tests/integration` has the real one."""

from hypothesis import given
from hypothesis import strategies as st

from streams.audit import DEAD_LETTER, FILTER, VERDICT, Balance, Ledger


def test_every_kind_of_answer_counts_once() -> None:
    ledger = Ledger(low=10, consumed_to=14)
    for offset, kind in ((10, VERDICT), (11, DEAD_LETTER), (12, FILTER), (13, VERDICT)):
        ledger.note(offset, kind)
    balance = ledger.balance("chatroom.messages.v1", 0, list(ledger.unanswered()), lag=6)
    assert (balance.n_consumed, balance.n_verdicts) == (4, 2)
    assert (balance.n_dead_letters, balance.n_filtered) == (1, 1)
    assert (balance.n_unanswered, balance.n_repeated, balance.lag) == (0, 0, 6)
    assert Balance(partitions=(balance,)).is_balanced


def test_a_record_without_an_answer_is_a_loss_and_named() -> None:
    ledger = Ledger(low=0, consumed_to=3)
    ledger.note(0, VERDICT)
    ledger.note(2, VERDICT)
    balance = ledger.balance("chatroom.messages.v1", 1, list(ledger.unanswered()), lag=0)
    assert balance.unanswered == (1,)
    assert balance.n_consumed == 3
    assert not Balance(partitions=(balance,)).is_balanced


def test_answers_ahead_of_the_commit_or_below_retention_are_no_part_of_it() -> None:
    ledger = Ledger(low=5, consumed_to=7)
    for offset in (0, 4, 5, 6, 7, 100):
        ledger.note(offset, VERDICT)
    assert ledger.count(VERDICT) == 2
    assert list(ledger.unanswered()) == []


def test_a_redelivered_record_keeps_its_first_answer_and_is_counted_as_repeated() -> None:
    ledger = Ledger(low=0, consumed_to=1)
    ledger.note(0, VERDICT)
    ledger.note(0, DEAD_LETTER)
    assert (ledger.count(VERDICT), ledger.count(DEAD_LETTER), ledger.n_repeated) == (1, 0, 1)


def test_nothing_consumed_balances() -> None:
    ledger = Ledger(low=0, consumed_to=0)
    ledger.note(0, VERDICT)
    assert list(ledger.unanswered()) == []


@given(
    answered=st.lists(
        st.tuples(st.integers(0, 60), st.sampled_from([VERDICT, DEAD_LETTER, FILTER]))
    ),
    low=st.integers(0, 20),
    n=st.integers(0, 30),
)
def test_the_books_always_add_up(answered: list[tuple[int, int]], low: int, n: int) -> None:
    ledger = Ledger(low=low, consumed_to=low + n)
    for offset, kind in answered:
        ledger.note(offset, kind)
    lost = list(ledger.unanswered())
    assert lost == [o for o in range(low, low + n) if o not in {offset for offset, _ in answered}]
    balance = ledger.balance("t", 0, lost, lag=0)
    assert balance.n_consumed == n
    assert n == (
        balance.n_verdicts + balance.n_dead_letters + balance.n_filtered + balance.n_unanswered
    )
