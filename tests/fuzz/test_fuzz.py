"""The fuzzer in CI: some thousand seeded records, and hypothesis on the same decoders."""

import logging
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Source
from schemas.topics import PRODUCT_TOPICS
from streams.archive.intake import TOPICS as ARCHIVED_TOPICS
from streams.pipeline import judge
from streams.record import Record

from . import targets
from .corpus import ARCHIVED, EVENTS, HEADER_NAMES
from .mutations import MAX_BYTES, mutate
from .run import run
from .targets import PIPELINE, TARGETS

N_RECORDS = 5_000


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_decoder_answers_every_mutated_record(tmp_path: Path) -> None:
    counts = run(N_RECORDS, 20_261_122, tmp_path)
    assert not counts.crashes, counts.crashes[0]
    assert counts.n_inputs == N_RECORDS
    # A fuzzer whose inputs all fail alike tests nothing: each kind of outcome must come up.
    assert {
        "verdict allow",
        "verdict limit",
        "filtered",
        "dead_letter EventInvalid",
        "dead_letter EventTooLarge",
        "dead_letter SchemaMismatch",
    } <= counts.outcomes["events"].keys()
    for name in TARGETS.keys() - {"events"}:
        assert len(counts.outcomes[name]) >= 2, name


def test_same_seed_same_outcomes(tmp_path: Path) -> None:
    first, again, other = (run(500, seed, tmp_path).outcomes for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_crash_is_reported_with_its_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_dice: random.Random, _n: int, _folder: Path) -> list[str]:
        message = "a defect"
        raise KeyError(message)

    monkeypatch.setitem(TARGETS, "events", (60, broken))
    counts = run(1_000, 3, tmp_path)
    assert [crash.seed for crash in counts.crashes] == ["events-3-0", "events-3-1", "events-3-2"]
    assert isinstance(counts.crashes[0].error, KeyError)
    assert counts.n_inputs == 400
    assert counts.outcomes["events"] == Counter()


def test_mutations_are_bounded() -> None:
    dice = random.Random(5)  # noqa: S311 - reproducible on purpose
    values = [record.value or b"" for record in EVENTS]
    lengths = [len(mutate(dice, dice.choice(values), values)) for _ in range(2_000)]
    assert max(lengths) <= MAX_BYTES
    assert min(lengths) < 20


headers = st.lists(
    st.tuples(st.sampled_from(HEADER_NAMES) | st.text(max_size=9), st.none() | st.binary()),
    max_size=4,
).map(tuple)
examples = st.sampled_from([record.value for record in (*EVENTS, *ARCHIVED)])


def records(topics: list[str]) -> st.SearchStrategy[Record]:
    places = st.builds(
        Source,
        topic=st.sampled_from(topics),
        partition=st.integers(0, 2**31 - 1),
        offset=st.integers(0, 2**63 - 1),
    )
    return st.builds(
        Record,
        source=places,
        key=st.none() | st.binary(),
        value=st.none() | st.binary() | examples,
        headers=headers,
        timestamp_ms=st.integers(-(2**63), 2**63 - 1),
    )


product_records = records([topic.name for topic in PRODUCT_TOPICS])


@given(st.lists(product_records, max_size=5))
def test_any_record_is_answered(batch: list[Record]) -> None:
    answers = judge(batch, PIPELINE)
    assert [answer.record for answer in answers] == batch
    for answer in answers:
        assert targets.outcome(answer)


@given(records(list(ARCHIVED_TOPICS)))
def test_any_archived_record_is_rows_or_unreadable(record: Record) -> None:
    assert targets.archive(record)


@given(product_records, st.integers())
def test_any_letter_is_revived_or_refused(record: Record, seed: int) -> None:
    assert targets.bury_and_revive(random.Random(seed), record)  # noqa: S311 - reproducible on purpose


@given(text=st.binary() | st.text().map(str.encode))
def test_any_file_is_a_policy_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-policy.toml"
    assert targets.load_policy(path, text)


@given(st.dictionaries(st.sampled_from(["TIDEGATE_BATCH_MAX", "TIDEGATE_BROKER"]), st.text()))
def test_any_environment_is_settings_or_refused(environment: dict[str, str]) -> None:
    assert targets.load_settings(environment)
