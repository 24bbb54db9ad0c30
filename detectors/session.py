"""ONNX Runtime sessions of a model: files checked, explicit threads, early exit."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from msgspec import Struct
from msgspec.structs import replace

from detectors.card import ModelCard, ModelFile

Ids = Sequence[int]
Scores = npt.NDArray[np.float32]

PAD_ID: Final = 1
MAX_BATCH_TOKENS: Final = 256
"""Padded tokens in one call. On chat of 16 tokens a text, one thread, AVX2: 260 texts a CPU-second
in calls of 256 tokens, 241 of 512, 208 of 2048, 165 of 8192: activations leave the cache. With
AVX-512 and AMX calls of 128 to 512 are alike, those of 1024 and more slower."""
MAX_BATCH_ROWS: Final = 16
GROUP: Final = 64
"""Batches whose front is run before the back looks at what is in doubt: bounds the states kept, to
about 25 MB."""
LANES: Final = 4
"""Columns come in multiples of this."""
SLOW_FUSIONS: Final = ["SkipLayerNormFusion"]
"""Rewritings that ONNX Runtime is kept from. Its fused sum and layer normalisation takes 495 us for
256 tokens of 384 where the two operators take 74 (AVX-512, one thread): a fifth of a model."""

_FRONT_OUTPUTS: Final = ["states", "words", "early", "doubt"]
_PER_LABEL: Final = ("words", "early", "scores")


class ModelMismatch(RuntimeError):
    """A model file is missing, is not the one on its card, or has another graph than expected."""


def verified(root: Path, file: ModelFile) -> Path:
    """Gives the file's path once its size and SHA-256 match. Raises ModelMismatch."""
    path = root / file.path
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{file.path} cannot be read: {error.strerror}"
        raise ModelMismatch(message) from error
    found = hashlib.sha256(content).hexdigest()
    if len(content) != file.size_bytes or found != file.sha256:
        message = (
            f"{file.path} is not the file on its card: {len(content)} bytes, sha256 {found}; "
            f"expected {file.size_bytes} bytes, {file.sha256}"
        )
        raise ModelMismatch(message)
    return path


class _Doubted(Struct, frozen=True):
    """A text on its way from front to back: its place in the answer, without padding."""

    row: int
    ids: npt.NDArray[np.int64]
    states: npt.NDArray[np.float32]
    words: Scores


class Session:
    """A model in two graphs: a front that every text passes, a back for those in doubt.

    Front: `ids` int64 [batch, tokens] -> `states` float32 [batch, tokens, hidden], `words` and
    `early` float32 [batch, labels], `doubt` float32 [batch, 1]. Back: `ids`, `states`, `words` ->
    `scores` float32 [batch, labels].
    """

    def __init__(
        self, card: ModelCard, root: Path, *, threads: int, has_early_exit: bool = True
    ) -> None:
        """Loads the card's `front` and `back`.

        Args:
            card: Says which files, how many outputs, and the doubt from which on the back looks.
            root: The folder that the card's paths are relative to.
            threads: Batches that are judged at the same time, each on one thread, however many
                callers there are.
            has_early_exit: False lets every text pass through the back.

        Raises:
            ModelMismatch: if a file or its graph is not the one on the card.
        """
        self._front = _loaded(root, card.files["front"])
        self._back = _loaded(root, card.files["back"])
        self._pool = ThreadPoolExecutor(threads, card.id)
        self._n_labels = len(card.labels)
        self._early_exit = card.early_exit if has_early_exit else 0.0
        _check(card, self._front, inputs=["ids"], outputs=_FRONT_OUTPUTS)
        _check(card, self._back, inputs=["ids", "states", "words"], outputs=["scores"])

    def scores(self, texts: Sequence[Ids]) -> Scores:
        """Scores of each id sequence, float32 [texts, labels], in the order given.

        Sequences are sorted by length into batches, so that padding stays small; a sequence's
        scores do not depend on its batch, to the last bit (see `padded`).
        """
        found = np.zeros((len(texts), self._n_labels), np.float32)
        doubted: list[_Doubted] = []
        plan = batches([len(text) for text in texts])
        for start in range(0, len(plan), GROUP):
            group = plan[start : start + GROUP]
            given = [[texts[row] for row in rows] for rows in group]
            for rows, (early, own) in zip(group, self._pool.map(self._pass, given), strict=True):
                found[rows] = early
                doubted += [replace(one, row=rows[one.row]) for one in own]
            doubted = self._look(doubted, found, is_last=start + GROUP >= len(plan))
        return found

    def doubts(self, texts: Sequence[Ids]) -> Scores:
        """What the gate doubts of each id sequence, float32 [texts]: for choosing where to cut."""
        found = np.zeros(len(texts), np.float32)
        plan = batches([len(text) for text in texts])
        given = ({"ids": padded([texts[row] for row in rows])} for rows in plan)
        answers = self._pool.map(lambda one: self._front.run(["doubt"], one)[0], given)
        for rows, doubt in zip(plan, answers, strict=True):
            found[rows] = doubt[: len(rows), 0]
        return found

    def _pass(self, texts: Sequence[Ids]) -> tuple[Scores, list[_Doubted]]:
        """Runs the front over one batch: the gate's scores, and what is in doubt of it."""
        ids = padded(texts)
        states, words, early, doubt = self._front.run(_FRONT_OUTPUTS, {"ids": ids})
        lengths = [len(text) for text in texts]
        doubted = [
            _Doubted(n, ids[n, : lengths[n]], states[n, : lengths[n]], words[n])
            for n in np.flatnonzero(doubt[: len(texts), 0] >= self._early_exit).tolist()
        ]
        return early[: len(texts)], doubted

    def _look(self, doubted: list[_Doubted], found: Scores, *, is_last: bool) -> list[_Doubted]:
        """Runs the back over what is in doubt; what fills no batch is left for the next group."""
        plan = batches([len(one.ids) for one in doubted])
        left = [] if is_last or not plan else [doubted[n] for n in plan.pop()]
        given = [[doubted[n] for n in rows] for rows in plan]
        for own, scores in zip(given, self._pool.map(self._behind, given), strict=True):
            found[[one.row for one in own]] = scores
        return left

    def _behind(self, doubted: Sequence[_Doubted]) -> Scores:
        """Runs the back over one batch."""
        ids = padded([one.ids for one in doubted])
        states = np.zeros((*ids.shape, doubted[0].states.shape[-1]), np.float32)
        words = np.zeros((len(ids), self._n_labels), np.float32)
        for n, one in enumerate(doubted):
            states[n, : len(one.ids)] = one.states
            words[n] = one.words
        given = {"ids": ids, "states": states, "words": words}
        scores: Scores = self._back.run(["scores"], given)[0]
        return scores[: len(doubted)]


def _loaded(root: Path, file: ModelFile) -> ort.InferenceSession:
    return opened(verified(root, file))


def opened(path: Path) -> ort.InferenceSession:
    """A session that runs each call on the thread that makes it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOW_FUSIONS
    )


def _check(
    card: ModelCard, session: ort.InferenceSession, inputs: list[str], outputs: list[str]
) -> None:
    """Compares names, and the width of what has a column a label."""
    given = [one.name for one in session.get_inputs()]
    answered = {one.name: one.shape[-1] for one in session.get_outputs()}
    per_label = [answered[name] for name in _PER_LABEL if name in answered]
    if given != inputs or list(answered) != outputs or set(per_label) != {len(card.labels)}:
        message = f"{card.id}: a graph {given} -> {answered}, not {inputs} -> {outputs}"
        raise ModelMismatch(message)


def padded(texts: Sequence[Ids | npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """A block of two rows at least, a lone text twice, and of a multiple of `LANES` columns.

    So sums are taken in the same order whatever else is in the block: for one row ONNX Runtime has
    another matrix kernel, and what is over after whole vectors it adds one by one.
    """
    rows = texts if len(texts) > 1 else (texts[0], texts[0])
    block = np.full((len(rows), _in_lanes(max(map(len, rows)))), PAD_ID, np.int64)
    for n, row in enumerate(rows):
        block[n, : len(row)] = row
    return block


def _in_lanes(length: int) -> int:
    return -(-length // LANES) * LANES


def fits(n_rows: int, length: int) -> bool:
    """Whether one more text, the longest so far, fits into a batch of `n_rows`."""
    return n_rows < MAX_BATCH_ROWS and (n_rows + 1) * _in_lanes(length) <= MAX_BATCH_TOKENS


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Row numbers of each batch, shortest first, each within the token and row limits."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    found: list[list[int]] = []
    current: list[int] = []
    for row in order:
        if current and not fits(len(current), lengths[row]):
            found.append(current)
            current = []
        current.append(row)
    if current:
        found.append(current)
    return found
