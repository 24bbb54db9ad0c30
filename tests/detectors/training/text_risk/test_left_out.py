from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from detectors.evaluation.functional import suite
from detectors.training.text_risk.corpus import stable_hash
from detectors.training.text_risk.left_out import ablation, figures, page, recipes, report, stored
from detectors.training.text_risk.left_out.__main__ import main
from detectors.training.text_risk.left_out.recipes import BENIGN, GROUPS, LABEL_OF, Group, Recipe
from detectors.training.text_risk.left_out.selection import Selection, own_rows, select
from detectors.training.text_risk.left_out.stored import Run, Scored
from detectors.training.text_risk.rows import ANY, TRAINED_LABELS, Row
from detectors.training.text_risk.rows import write as write_rows
from detectors.training.text_risk.sources import READERS

SPLITS = ("train", "calibration", "test", "transfer")
CLEAN = {**dict.fromkeys(TRAINED_LABELS, 0), ANY: 0}
SPAM = TRAINED_LABELS.index("spam")


def made(n: int, source: str, labels: dict[str, int], split: str = "test") -> Row:
    key = f"{source}:{n}"
    letters = np.random.default_rng(stable_hash(key)).choice(list("abcdefghij "), 60)
    return Row(
        id=key, text="".join(letters), lang="en", source=source, group=key, labels=labels,
        split=split,
    )  # fmt: skip


@pytest.fixture(scope="module")
def corpus() -> list[Row]:
    sources = {"xsid": CLEAN, "sms_spam": {"spam": 1, ANY: 1}, "hatemoji": {"hate": 1, ANY: 1}}
    return [
        made(n, source, labels, SPLITS[n % 4])
        for source, labels in sources.items()
        for n in range(80)
    ]


@pytest.fixture(scope="module")
def own() -> list[Row]:
    return [made(n, "authored", CLEAN, SPLITS[n % 2]) for n in range(40)]


def learnt(chosen: Selection) -> list[Row]:
    return [*chosen.network, *chosen.train, *chosen.calibration]


def test_every_name_and_source_is_known_and_grouped_once() -> None:
    names = [recipe.name for recipe in recipes.ALL]
    assert len(set(names)) == len(names)
    sources = [source for group in GROUPS for source in (*group.benign, *group.violations)]
    assert len(set(sources)) == len(sources)
    assert set(sources) | set(BENIGN) <= set(READERS)
    assert {source for group in GROUPS for source in group.violations} == set(LABEL_OF)
    assert len([source for group in GROUPS for source in group.benign]) >= 8
    assert set(LABEL_OF.values()) <= {*TRAINED_LABELS, ANY}


def test_nothing_of_a_left_out_source_is_learnt_or_a_test_row(
    corpus: list[Row], own: list[Row]
) -> None:
    chosen = select(corpus, own, Recipe(name="made", left_out=("xsid", "sms_spam"), n_rows=60))
    assert {row.source for row in [*learnt(chosen), *chosen.test]} == {"hatemoji", "authored"}
    assert {row.source for row in chosen.left_out} == {"xsid", "sms_spam"}
    assert {row.split for row in chosen.left_out} == {"test"}
    assert {row.source for row in chosen.test} == {"hatemoji"}
    assert chosen.transfer == []


def test_near_copies_of_what_is_trained_on_are_not_measured(
    corpus: list[Row], own: list[Row]
) -> None:
    recipe = Recipe(name="made", left_out=("xsid",), n_rows=200)
    trained = next(row for row in corpus if row.source == "hatemoji" and row.split == "train")
    copy = msgspec.structs.replace(trained, id="copy", source="xsid", text=trained.text + "!")
    before, after = (select(given, own, recipe).left_out for given in (corpus, [*corpus, copy]))
    assert [row.id for row in before] == [row.id for row in after]
    assert len(before) == 80


def test_without_benign_registers_they_are_still_measured(corpus: list[Row]) -> None:
    chosen = select(corpus, [], Recipe(name="made", has_benign=False))
    assert "xsid" not in {row.source for row in learnt(chosen)}
    assert "xsid" in {row.source for row in chosen.test}


def test_a_shorter_run_has_own_rows_in_proportion(corpus: list[Row], own: list[Row]) -> None:
    whole, half = (select(corpus, own, Recipe(name="made", n_rows=n)) for n in (60, 30))
    n_own = [sum(row.source == "authored" for row in one.train) for one in (whole, half)]
    assert [len(one.train) - n for one, n in zip((whole, half), n_own, strict=True)] == [60, 30]
    assert n_own[0] == 20
    assert 0 < n_own[1] < 20
    assert {row.split for row in [*whole.network, *half.train]} == {"train"}


def test_only_augmented_runs_see_changed_copies(corpus: list[Row], own: list[Row]) -> None:
    plain, changed = (
        select(corpus, own, Recipe(name="made", n_rows=30, is_augmented=given))
        for given in (False, True)
    )
    assert plain.network == plain.train
    assert len(changed.network) > len(changed.train)
    chosen = {row.id for row in changed.train}
    assert {row.id.rpartition("#")[0] or row.id for row in changed.network} - chosen == set()
    assert select(corpus, own, Recipe(name="made", n_rows=30)) == changed


def test_the_old_recipe_has_the_own_rows_of_then(tmp_path: Path) -> None:
    old, new = (
        own_rows(Recipe(name="made", has_contrast=False, is_old=given), tmp_path)
        for given in (True, False)
    )
    assert 1_500 < len(old) < len(new)
    assert {row.id for row in old} < {row.id for row in new}
    assert {row.source for row in new} == {"authored"}


def test_auroc_counts_ties_half() -> None:
    target = np.array([True, False, True, False])
    assert figures.auroc(target, np.array([0.9, 0.1, 0.8, 0.2], np.float32)) == 1.0
    assert figures.auroc(target, np.array([0.5, 0.5, 0.5, 0.5], np.float32)) == 0.5
    assert figures.auroc(target, np.array([0.9, 0.5, 0.5, 0.1], np.float32)) == 0.875
    assert np.isnan(figures.auroc(np.array([True]), np.array([0.5], np.float32)))


def scored(rows: dict[str, list[Row]], flagged: Mapping[str, Sequence[int]]) -> Scored:
    """Spam scores 0.9 on the rows of these numbers, everything else 0.1; limits are 0.9."""
    parts = {}
    for name in stored.MEASURED:
        parts[name] = np.full((len(rows[name]), len(TRAINED_LABELS)), 0.1, np.float32)
        parts[name][list(flagged.get(name, ())), SPAM] = 0.9
    return Scored(np.full(len(TRAINED_LABELS), 0.9, np.float32), parts)


@pytest.fixture
def rows() -> dict[str, list[Row]]:
    spam, ham = {"spam": 1, ANY: 1}, {"spam": 0}
    case = next(one for one in suite.cases() if one.expect == "flag" and one.label == "spam")
    return {
        "left_out": [
            *(made(n, "xsid", CLEAN) for n in range(10)),
            *(made(n, "sms_spam", spam if n < 20 else ham) for n in range(80)),
            *(made(n, "advbench", {ANY: 1}) for n in range(5)),
        ],
        "test": [made(n, "tatoeba", CLEAN if n < 40 else spam) for n in range(60)],
        "transfer": [],
        "functional": [
            msgspec.structs.replace(made(0, "functional", {}), id=case.id, text=case.text)
        ],
    }


@pytest.fixture
def run(rows: dict[str, list[Row]]) -> Run:
    flagged = {
        "left_out": [0, *range(10, 30), *range(90, 94)], "test": [1, 2, *range(40, 60)],
        "functional": [0],
    }  # fmt: skip
    return Run(
        recipe=Recipe(name="group_0"), n_network=2, n_train=1, rows=rows,
        ours=scored(rows, flagged), base=scored(rows, {}),
    )  # fmt: skip


GROUP = Group("group_0", ("xsid",), ("sms_spam", "advbench"))


def test_a_limit_that_is_reached_flags(run: Run) -> None:
    (one,) = figures.alarms(GROUP, run, None)
    assert (one.n, one.ours.value, one.base.value, one.old) == (10, 0.1, 0.0, None)
    assert one.ours.low < 0.1 < one.ours.high


def test_negatives_are_own_or_benign_rows_of_other_sources(run: Run) -> None:
    spam, none = figures.found(GROUP, run, run)
    assert (spam.n, spam.n_positive, spam.negatives) == (80, 20, "own")
    assert spam.ours == spam.old == figures.Ranked(1.0, 1.0)
    assert spam.base == figures.Ranked(0.5, 0.0)
    assert (none.label, none.n, none.n_positive, none.negatives) == (ANY, 45, 5, "benign")
    assert none.ours.auroc == pytest.approx((4 * 38 + 4 * 2 / 2 + 38 / 2) / (5 * 40))


def test_runs_of_other_rows_are_not_compared(run: Run) -> None:
    other = msgspec.structs.replace(run, rows={**run.rows, "left_out": []})
    with pytest.raises(figures.RowsDiffer):
        figures.alarms(GROUP, run, other)


def test_a_suite_that_has_changed_since_is_noticed(run: Run) -> None:
    cases = {one.id: msgspec.structs.replace(one, text="another") for one in suite.cases()}
    with pytest.raises(figures.RowsDiffer):
        ablation.overall(run, cases, {one.id: one for one in suite.behaviours()})


def test_the_functional_suite_is_judged_at_the_runs_limits(run: Run) -> None:
    cases = {one.id: one for one in suite.cases()}
    ours, base = ablation.overall(run, cases, {one.id: one for one in suite.behaviours()})
    assert (ours.n_must_flag, ours.must_flag.value, base.must_flag.value) == (1, 1.0, 0.0)
    assert (ours.n_benign, ours.benign.value, ours.n_network) == (40, 0.05, 2)
    assert ours.mean_transfer is None
    assert ours.mean_test > base.mean_test


def test_finished_runs_are_reported_and_others_named(run: Run, tmp_path: Path) -> None:
    group = GROUPS[0]
    folder = tmp_path / group.name
    folder.mkdir()
    recipe = next(one for one in recipes.ALL if one.name == group.name)
    (folder / "recipe.json").write_bytes(msgspec.json.encode(recipe))
    assert stored.load(folder) is None
    for name in stored.MEASURED:
        write_rows(folder / f"{name}.jsonl", run.rows[name])
    for name in ("network", "train"):
        write_rows(folder / f"{name}.jsonl", run.rows["test"])
    run.ours.write(folder / "scores.npz")
    assert stored.load(folder) is None
    assert run.base is not None
    run.base.write(folder / "baseline.npz")
    whole = report.read(tmp_path)
    assert group.name not in whole.missing
    assert len(whole.missing) == len(recipes.ALL) - 1
    assert {one.source for one in whole.violations} == set(group.violations)
    page.write(whole, tmp_path)
    assert "sms_spam | group_1 | spam | 80 | 20 | own" in (
        tmp_path / "text_risk_left_out.md"
    ).read_text("utf-8")
    assert msgspec.json.decode((tmp_path / "text_risk_left_out.json").read_bytes())


@pytest.mark.parametrize("command", ["report", "speed"])
def test_without_a_finished_run_nothing_is_written(
    command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, tables = tmp_path / "runs", tmp_path / "tables"
    tables.mkdir()
    given = [command, "--out", str(runs)]
    given += ["--tables", str(tables)] if command == "report" else []
    monkeypatch.setattr("sys.argv", ["left_out", *given])
    for said in (f"'{runs}' is no folder that can be read", f"{runs}: no finished "):
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 2
        err = capfd.readouterr().err
        assert err.startswith(said)
        assert err.count("\n") == 1
        assert list(tables.iterdir()) == []
        runs.mkdir(exist_ok=True)
