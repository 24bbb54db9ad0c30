"""The model: squares of a picture to directions; copies of one logo point one way."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from detectors.card import ModelCard
from detectors.image.brand.edges import N_CELLS, N_WAYS, Edges, edges
from detectors.image.picture import Pixels
from detectors.session import ModelMismatch, verified

Directions = npt.NDArray[np.float32]
"""float32 [n, N_OUT], of length 1: their products are cosines."""
N_OUT: Final = 256


class Embedder:
    """An ONNX session of the model: `edges` float32 [n, 8, 12, 12] to `directions`."""

    def __init__(self, card: ModelCard, root: Path, *, threads: int = 1) -> None:
        """Loads the card's `embedder`.

        Args:
            card: Says which file.
            root: The folder that the card's paths are relative to.
            threads: Threads of one call.

        Raises:
            ModelMismatch: if the file or its graph is not the one on the card.
        """
        path = verified(root, card.files["embedder"])
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        given = [(one.name, one.shape[1:]) for one in self._session.get_inputs()]
        answered = [(one.name, one.shape[1:]) for one in self._session.get_outputs()]
        expected = [("edges", [N_WAYS, N_CELLS, N_CELLS])], [("directions", [N_OUT])]
        if (given, answered) != expected:
            message = f"{card.id}: a graph {given} -> {answered}, not {expected}"
            raise ModelMismatch(message)

    def directions(self, views: Sequence[Pixels]) -> Directions:
        """Gives the direction of each view, uint8 [48, 48, 3].

        Each is computed by itself, so that it is the same to the last bit whatever else is asked.
        """
        return self.of_edges([edges(view) for view in views])

    def of_edges(self, squares: Sequence[Edges] | Edges) -> Directions:
        """Gives the direction of each square, of which the edges are given."""
        found = np.empty((len(squares), N_OUT), np.float32)
        for number, square in enumerate(squares):
            given = {"edges": square[None]}
            found[number] = self._session.run(["directions"], given)[0][0]
        return found
