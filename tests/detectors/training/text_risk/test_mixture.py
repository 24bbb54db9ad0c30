import msgspec

from detectors.training.text_risk import augment, mixture
from detectors.training.text_risk.rows import ANY, Row

TEXT = "please send your money over to the new address before noon, thank you"


def made(n: int, text: str = TEXT, lang: str = "en", **labels: int) -> Row:
    return Row(
        id=f"made:{n}", text=text, lang=lang, source="made", group=f"made:{n}", labels=labels,
        split="train",
    )  # fmt: skip


def test_copies_change_texts_and_nothing_that_is_known_of_them() -> None:
    given = [made(n, f"{n} {TEXT}", scam=1, any=1) for n in range(40)]
    found = augment.copies(given, [], seed=0)
    for row, copy in zip(given, found, strict=True):
        assert copy.id != row.id
        assert msgspec.structs.replace(copy, id=row.id, text=row.text) == row
    assert sum(copy.text != row.text for row, copy in zip(given, found, strict=True)) > 20


def test_the_same_seed_gives_the_same_copies() -> None:
    given = [made(n, f"{n} {TEXT}") for n in range(20)]
    assert augment.copies(given, [], 1) == augment.copies(given, [], 1)
    assert augment.copies(given, [], 1) != augment.copies(given, [], 2)


def test_only_short_harmless_talk_of_the_same_language_stands_around_a_copy() -> None:
    padding = [
        made(900, "QUITE", any=0), made(901, "FREMD", lang="de", any=0), made(902, "LONG " * 40)
    ]  # fmt: skip
    found = augment.copies([made(n, f"{n} {TEXT}") for n in range(60)], padding, 0)
    padded = [copy for copy in found if "quite" in copy.text.lower()]
    assert 5 < len(padded) < 40
    assert not any("fremd" in copy.text.lower() for copy in found)
    assert not any("long long" in copy.text.lower() for copy in found)


def test_no_copy_is_blank_whatever_the_text() -> None:
    for n, text in enumerate(["?", "!!!", "a", "。", "  x ", "\n", "😂"]):
        assert augment.copies([made(n, text)] * 8, [], n)
        assert all(copy.text for copy in augment.copies([made(n, text)], [], n))


def test_main_shows_rare_labels_more_often() -> None:
    common = [made(n, spam=1) for n in range(mixture._RARE)]
    rare = [made(10_000 + n, self_harm=1) for n in range(5)]
    found = mixture.main([*common, *rare])
    shown = [row for row in found if "self_harm" in row.labels]
    assert len(shown) == 5 * (1 + mixture._RARE_COPIES)
    assert len(found) == len(common) + len(shown)


def test_polish_goes_twice_over_own_rows_and_rare_ones_and_over_another_slice_each_time() -> None:
    n_common = mixture._POLISH_ROUNDS * mixture._POLISH_ROWS + 500
    common = [made(n, spam=1) for n in range(n_common)]
    rare = [made(900_000 + n, self_harm=1) for n in range(5)]
    own = [made(990_000 + n, f"{n} {TEXT}", scam=1, any=1) for n in range(7)]
    found = mixture.polish([*common, *rare], own)
    ids = [row.id for row in found if "spam" in row.labels]
    assert len(ids) == len(set(ids))
    assert n_common - 500 - 2 * len(rare) <= len(ids) < n_common
    assert sum("self_harm" in row.labels for row in found) == 2 * len(rare)
    copies = [row for row in found if "scam" in row.labels]
    assert len(copies) == 4 * len(own)
    assert len({row.id for row in copies}) == 3 * len(own)
    assert ANY not in found[0].labels
