"""One ONNX Runtime session per model file: checked, single-purpose, explicit threads."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from detectors.card import ModelCard, ModelFile

Ids = Sequence[int]
Scores = npt.NDArray[np.float32]

PAD_ID: Final = 1
MAX_BATCH_TOKENS: Final = 256
"""Padded tokens in one call. On chat of 16 tokens a text, one thread, AVX2: 260 texts a CPU-second
in calls of 256 tokens, 241 of 512, 208 of 2048, 165 of 8192: activations leave the cache."""
MAX_BATCH_ROWS: Final = 16


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


class Session:
    """A graph from token ids, int64 [batch, tokens], to scores, float32 [batch, labels]."""

    def __init__(self, card: ModelCard, root: Path, *, threads: int) -> None:
        """Loads the card's `graph`.

        Args:
            card: Says which file, and how many outputs.
            root: The folder that the card's paths are relative to.
            threads: Threads within one operator; operators run one after another.

        Raises:
            ModelMismatch: if the file or its graph is not the one on the card.
        """
        path = verified(root, card.files["graph"])
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._n_labels = len(card.labels)
        self._check_graph(card)

    def _check_graph(self, card: ModelCard) -> None:
        inputs = [one.name for one in self._session.get_inputs()]
        outputs = [(one.name, one.shape[-1]) for one in self._session.get_outputs()]
        if inputs != ["ids"] or outputs != [("scores", self._n_labels)]:
            message = f"{card.id}: graph {inputs} -> {outputs}, not ids -> scores[{self._n_labels}]"
            raise ModelMismatch(message)

    def scores(self, texts: Sequence[Ids]) -> Scores:
        """Scores of each id sequence, float32 [texts, labels], in the order given.

        Sequences are sorted by length into batches, so that padding stays small; a sequence's
        scores do not depend on its batch beyond rounding (1e-6).
        """
        found = np.zeros((len(texts), self._n_labels), np.float32)
        for rows in batches([len(text) for text in texts]):
            longest = len(texts[rows[-1]])
            block = np.full((len(rows), longest), PAD_ID, np.int64)
            for n, row in enumerate(rows):
                block[n, : len(texts[row])] = texts[row]
            found[rows] = self._session.run(["scores"], {"ids": block})[0]
        return found


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Row numbers of each batch, shortest first, each within the token and row limits."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    found: list[list[int]] = []
    current: list[int] = []
    for row in order:
        too_long = (len(current) + 1) * lengths[row] > MAX_BATCH_TOKENS
        if current and (too_long or len(current) == MAX_BATCH_ROWS):
            found.append(current)
            current = []
        current.append(row)
    if current:
        found.append(current)
    return found
