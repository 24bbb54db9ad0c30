"""What is sent: waves in the mixes of `mixes.toml`, what people copy, and ordinary texts."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.labels import SURFACES, Surface
from streams.bench.campaigns.waves import Wave, disguised, filled, viral

Kind = Literal["member", "copy", "ordinary"]
HOUR_S: Final = 3_600.0
WAVE_S: Final = 1_800.0
"""A wave's posts spread over half of the hour."""
COPIERS: Final = 40
"""People who post each wording of what is copied."""
N_PEOPLE: Final = 20_000
_TEXT_FILES: Final = (
    "tatoeba", "goemotions_benign", "bitcoin_org", "banking77", "clinc150", "surge_stocks", "xsid",
    "ntrex_news", "janitr",
)  # fmt: skip
"""Folders of JSON lines with harmless texts: chat, support, help, news, posts on coins."""
_NOT_HARMLESS: Final = ("scam", "phish", "spam", "promo", "affil", "recovery", "lead")


class Mix(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wave, where it is sent and how much of it is disguised (0 to 1)."""

    name: str
    wave: str
    surfaces: Mapping[Surface, int]
    disguised: float
    languages: tuple[str, ...] = ()


class Post(Struct, frozen=True, kw_only=True):
    """One text of one actor, `at_s` seconds into the hour."""

    kind: Kind
    name: str
    actor_id: str
    surface: Surface
    text: str
    at_s: float


def mixes() -> list[Mix]:
    """Gives the mixes."""
    path = Path(__file__).with_name("mixes.toml")
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    return msgspec.convert(written["mixes"], list[Mix])


def members(mix: Mix, wave: Wave, n_actors: int, rng: Random) -> Iterator[Post]:
    """Gives a wave's posts, one of each actor: paraphrases with their slots filled."""
    languages = mix.languages or tuple(wave.texts)
    places = [surface for surface, weight in mix.surfaces.items() for _ in range(weight)]
    for number in range(n_actors):
        language = rng.choice(languages)
        text = filled(rng.choice(wave.texts[language]), wave, rng)
        if rng.random() < mix.disguised:
            text = disguised(text, rng)
        yield Post(
            kind="member",
            name=language,
            actor_id=f"wave-{number}",
            surface=rng.choice(places),
            text=text,
            at_s=rng.random() * WAVE_S,
        )


def copies(rng: Random) -> Iterator[Post]:
    """Gives what many people post word for word, or nearly, and nobody minds."""
    for name, wordings in viral().items():
        texts = [text for own in wordings.values() for text in own]
        for text in texts:
            for number in range(COPIERS):
                yield Post(
                    kind="copy",
                    name=name,
                    actor_id=f"person-{rng.randrange(N_PEOPLE)}-{number}",
                    surface=rng.choice(("chatroom", "square")),
                    text=text + rng.choice(("", "", " 🚀", " !!", " lol", " 🐸🐸")),
                    at_s=rng.random() * HOUR_S,
                )


def ordinary(folder: Path, n: int, rng: Random) -> Iterator[Post]:
    """Gives `n` harmless texts of the folder's data sets, each once; fewer if there are not."""
    texts = list(dict.fromkeys(_texts(folder)))
    rng.shuffle(texts)
    for text in texts[:n]:
        yield Post(
            kind="ordinary",
            name="ordinary",
            actor_id=f"person-{rng.randrange(N_PEOPLE)}",
            surface=SURFACES[min(3, int(rng.expovariate(1.2)))],
            text=text,
            at_s=rng.random() * HOUR_S,
        )


def _texts(folder: Path) -> Iterator[str]:
    for name in _TEXT_FILES:
        for path in sorted((folder / name).glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                row = msgspec.json.decode(line)
                labels = str(row.get("labels", ""))
                if name == "janitr" and any(one in labels for one in _NOT_HARMLESS):
                    continue
                if row.get("text"):
                    yield row["text"]
