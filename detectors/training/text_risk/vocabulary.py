"""Which of the encoder's 250,002 pieces are kept."""

import unicodedata
from collections.abc import Iterable

from tokenizers import Tokenizer

from detectors.training.text_risk.corpus import SUPPORTED
from detectors.training.text_risk.encoder import Stored
from detectors.training.text_risk.rows import Row

SIZE = 100_000
_SCRIPTS = frozenset(
    {
        "LATIN", "CYRILLIC", "ARABIC", "DEVANAGARI", "BENGALI", "THAI", "HANGUL", "CJK",
        "HIRAGANA", "KATAKANA", "DIGIT",
    }
)  # fmt: skip
_MARK = "▁"
_CHUNK = 4096


def chosen(stored: Stored, tokenizer: Tokenizer, rows: Iterable[Row]) -> list[int]:
    """Ids of the kept pieces, ascending; the four special pieces stay first.

    Kept are all pieces seen in rows of the supported languages, every piece of one
    character (so that no script turns into unknowns), and then the likeliest pieces in the
    supported scripts until there are `SIZE`.
    """
    kept = {stored.bos, stored.pad, stored.eos, stored.unk}
    kept.update(i for i, piece in enumerate(stored.pieces) if len(piece.strip(_MARK)) <= 1)
    texts = [row.text for row in rows if row.lang in SUPPORTED or row.lang == "und"]
    for start in range(0, len(texts), _CHUNK):
        for found in tokenizer.encode_batch_fast(texts[start : start + _CHUNK]):
            kept.update(found.ids)
    likeliest = sorted(range(len(stored.pieces)), key=lambda i: -stored.scores[i])
    for i in likeliest:
        if len(kept) >= SIZE:
            break
        if _is_supported(stored.pieces[i]):
            kept.add(i)
    return sorted(kept)


def _is_supported(piece: str) -> bool:
    letters = [c for c in piece if c.isalpha()]
    return all(unicodedata.name(c, "?").split()[0] in _SCRIPTS for c in letters)
