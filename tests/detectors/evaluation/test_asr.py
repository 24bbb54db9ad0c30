from pathlib import Path

import numpy as np
import pytest

from detectors.audio.decode import decode
from detectors.audio.recording import Recording
from detectors.evaluation import asr, asr_page
from detectors.evaluation.asr_conditions import CONDITIONS, wordless
from detectors.evaluation.asr_report import Cost, Count, Hearing, Report
from detectors.evaluation.asr_words import errors, words
from detectors.evaluation.speech import VoiceMissing, make, texts
from tests.detectors.audio.sounds import tone


@pytest.mark.parametrize(
    ("lang", "written", "heard"),
    [
        ("en", "Send two hundred dollars, within one hour.", "send $200 within 1 hour"),
        ("en", "five thousand ether", "5,000 Ether"),
        ("es", "doscientos dólares", "200 dólares"),
        ("fr", "deux cents euros", "200 €"),
        ("pt", "cinco mil ethers", "5.000 ethers"),
        ("ru", "двести долларов, кошелёк", "200 долларов кошелек"),
        ("zh", "转两百美元，三个", "转200美元3个"),
        ("hi", "दो सौ डॉलर", "दो सौ डॉलर।"),
    ],
)
def test_the_same_words(lang: str, written: str, heard: str) -> None:
    assert words(written, lang) == words(heard, lang)


def test_errors_are_counted() -> None:
    given = words("the cat sat on the mat", "en")
    assert errors(given, given) == 0
    assert errors(given, words("the cat on a mat", "en")) == 2
    assert errors(words("转两百美元", "zh"), words("砖200美元", "zh")) == 1


def test_the_texts_that_are_spoken() -> None:
    found = texts()
    assert len({one.id for one in found}) == len(found) >= 40
    langs = {one.lang for one in found}
    assert len(langs) >= 5
    for lang in langs:
        kinds = [one.kind for one in found if one.lang == lang]
        assert len(kinds) >= 8
        assert abs(kinds.count("scam") - kinds.count("harmless")) <= 1
        assert all(words(one.text, lang) for one in found)
    few = asr.degraded(found)
    assert len(few) == 6 * len(langs - asr_page.POOR)


@pytest.mark.parametrize("name", sorted(CONDITIONS))
def test_conditions_are_files_of_the_same_length(name: str) -> None:
    found = decode(CONDITIONS[name](tone(2.0, 24_000), 24_000), name="x")
    assert isinstance(found, Recording)
    assert 1_900 <= found.duration_ms <= 2_150
    assert found.is_clipped == (name == "clipped by 24 dB")


def test_sounds_without_words() -> None:
    for samples in wordless().values():
        assert samples.dtype == np.float32
        assert len(samples) == 160_000
        assert np.abs(samples).max() < 4


def test_what_cannot_speak_says_so(tmp_path: Path) -> None:
    with pytest.raises(VoiceMissing, match="npm pack kokoro-js"):
        make(texts()[:1], tmp_path, None, threads=1)


def hearing(lang: str, n_errors: int) -> Hearing:
    return Hearing(
        clip=f"{lang}-scam-1", lang=lang, kind="scam", text="Hello", lang_heard=lang,
        n_words=10, n_errors=n_errors, seconds=5.0, cpu_s=0.5,
    )  # fmt: skip


def test_the_page() -> None:
    heard = [hearing("en", 1), hearing("hi", 9), hearing("ru", 2)]
    counts = [Count(lang="en", kind="scam", n=2, written=2, heard=1, both=1)]
    report = Report(
        compared={asr.SHIPPED: heard},
        variants={asr.SHIPPED: heard},
        conditions={"as spoken": heard},
        made_up={"silence": "", "hum": "Bye"},
        counts=counts,
        degraded_counts={"as spoken": counts},
        costs={asr.SHIPPED: Cost(load_s=1.0, loaded_mb=300, peak_mb=400)},
    )
    page = asr_page.markdown(report, load=1.0)
    assert "| 10.0% | 90.0% | 20.0% | **15.0%** | 0.100 | 1.0 | 400 |" in page
    assert "| scam | en | 2 | 2 | 1 | 1 | 50% |" in page
    assert "hum ('Bye')" in page
