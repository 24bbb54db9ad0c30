"""`python -m streams.demo.make_media --icons DIR --voices DIR`: makes the demo's media anew.

Needs Debian's fonts-noto-core and fonts-noto-cjk, segno (the extra `dev`), the voices that
`detectors/evaluation/speech.py` names (the extra `speech`), and CC0 logos of coins (npm
cryptocurrency-icons, `128/color`). Nothing that runs needs any of them: the files are in the tree.
The same tools make the same pictures, byte for byte; speech comes out a little otherwise each time.
"""

import argparse
import hashlib
import logging
from pathlib import Path
from typing import Final

import msgspec
from PIL import Image

from schemas.labels import Label, MediaModality, Surface
from streams.demo.make_media import clips, pictures, tokens, words
from streams.demo.make_media.painting import Fonts
from streams.demo.make_media.speech import Speaker, write_voice
from streams.demo.media import FOLDER, MANIFEST, DemoFile, Kind

_LOG = logging.getLogger(__name__)
_SCENERIES: Final = ("photo-hills", "photo-evening")
_QUALITY: Final = 72


class Maker:
    """Writes files into a folder and keeps what is known of them."""

    def __init__(self, fonts: Fonts, speaker: Speaker, icons: Path, output: Path) -> None:
        self._fonts = fonts
        self._speaker = speaker
        self._icons = icons
        self._output = output
        self.files: list[DemoFile] = []

    def make(self, given: words.Words) -> None:
        """Makes everything."""
        self._posters(given)
        self._harmless(given)
        self._tokens(given)
        for voice in given.voices:
            path = self._output / f"{voice.name}.ogg"
            said = self._speaker.spoken(voice.lang, voice.text, voice.voice)
            write_voice(said, path)
            self._add(path, "voice", "audio", voice.shows, voice.lang, voice.labels, voice.text)
        for clip in given.clips:
            path = self._output / f"{clip.name}.{clip.form}"
            clips.write_clip(self._fonts, self._speaker, clip, path)
            says = clip.text or "\n".join(clip.lines)
            self._add(path, "clip", "video", clip.shows, clip.lang, clip.labels, says)

    def _posters(self, given: words.Words) -> None:
        for poster in given.posters:
            path = self._saved(poster.name, pictures.poster(self._fonts, poster))
            says = "\n".join((poster.head, *poster.body, poster.foot))
            self._add(path, "poster", "image", poster.shows, poster.lang, poster.labels, says)
        for code in given.codes:
            path = self._saved(code.name, pictures.code(self._fonts, code), form="png")
            self._add(path, "code", "image", code.shows, code.lang, code.labels, code.payload)

    def _harmless(self, given: words.Words) -> None:
        for meme in given.memes:
            path = self._saved(meme.name, pictures.meme(self._fonts, meme))
            says = f"{meme.head}\n{meme.foot}"
            self._add(path, "picture", "image", meme.shows, meme.lang, (), says)
        for one in given.charts:
            self._rows(one, pictures.chart(self._fonts, one))
        for card in given.cards:
            self._rows(card, pictures.card(self._fonts, card))
        for name in _SCENERIES:
            path = self._saved(name, pictures.scenery(name), form="jpg")
            self._add(path, "picture", "image", "hills and a sun", None, (), "")

    def _rows(self, given: words.Chart | words.Card, seen: Image.Image) -> None:
        path = self._saved(given.name, seen)
        says = "\n".join((given.head, *given.rows))
        self._add(path, "picture", "image", given.shows, given.lang, (), says)

    def _tokens(self, given: words.Words) -> None:
        for token in given.tokens:
            seen = tokens.lookalike(self._fonts, self._icons, token)
            path = self._saved(token.name, seen, form="png")
            labels: tuple[Label, ...] = ("impersonation",)
            self._add(path, "lookalike", "image", token.shows, None, labels, "")
        for name, (shows, _) in tokens.ORIGINALS.items():
            path = self._saved(name, tokens.original(name), form="png")
            self._add(path, "token", "image", shows, None, (), "")

    def _saved(self, name: str, seen: Image.Image, *, form: str = "webp") -> Path:
        path = self._output / f"{name}.{form}"
        if form == "png":
            seen.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
        else:
            seen.save(path, quality=_QUALITY)
        return path

    def _add(
        self,
        path: Path,
        kind: Kind,
        modality: MediaModality,
        shows: str,
        lang: str | None,
        labels: tuple[Label, ...],
        says: str,
    ) -> None:
        content = path.read_bytes()
        self.files.append(
            DemoFile(
                file=path.name,
                kind=kind,
                modality=modality,
                sha256=hashlib.sha256(content).hexdigest(),
                n_bytes=len(content),
                shows=shows,
                lang=lang,
                labels=labels,
                says=says,
                surface=_SURFACES[kind],
            )
        )


_SURFACES: Final[dict[Kind, Surface]] = {
    "poster": "square",
    "code": "square",
    "lookalike": "memerush",
    "token": "memerush",
    "picture": "square",
    "voice": "chatroom",
    "clip": "square",
}


def main() -> None:
    """Makes everything, and the manifest."""
    parser = argparse.ArgumentParser(prog="python -m streams.demo.make_media")
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts"))
    parser.add_argument("--icons", type=Path, required=True, help="crypto_icons/128/color")
    parser.add_argument("--voices", type=Path, required=True, help="kokoro-js: package/voices")
    parser.add_argument("--output", type=Path, default=FOLDER)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given.output.mkdir(parents=True, exist_ok=True)
    maker = Maker(Fonts(given.fonts), Speaker(given.voices), given.icons, given.output)
    maker.make(words.read())
    listed = msgspec.json.format(msgspec.json.encode(maker.files), indent=1)
    (given.output / MANIFEST).write_bytes(listed + b"\n")
    total = sum(one.n_bytes for one in maker.files)
    _LOG.info("%d files, %d bytes", len(maker.files), total)


if __name__ == "__main__":
    main()
