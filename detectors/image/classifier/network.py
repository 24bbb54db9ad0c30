"""One network that looks at pictures: its graph checked, its classes as probabilities."""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from detectors.image.classifier.preparation import Floats, prepared
from detectors.image.picture import Pixels
from detectors.network_card import NetworkTable, PixelTable
from detectors.session import ModelMismatch

Probabilities = npt.NDArray[np.float64]

_FATAL: Final = 3
"""Of what ONNX Runtime logs: what it finds wrong is raised, and need not be printed too."""
_SUM_TOLERANCE: Final = 0.01
_N_DIMENSIONS: Final = 4
_COLOURS: Final = 3


class NoAnswer(RuntimeError):
    """A network failed on a picture, or answered what is no number."""


class Network:
    """A graph and what its card says of it. Safe across threads."""

    def __init__(
        self, table: NetworkTable, model: Path | bytes, *, name: str, threads: int
    ) -> None:
        """Loads a graph; runs it once.

        Args:
            table: What the card says of it.
            model: The ONNX file or, where it is not ours, its bytes: what was verified is then what
                runs, and no other file is read along with it. ONNX Runtime keeps the bytes.
            name: For messages.
            threads: What ONNX Runtime uses for one picture.

        Raises:
            ModelMismatch: if it is no graph, or not the one on the card.
        """
        self.table = table
        self._name = name
        self._session = _opened(model, name, threads)
        self._input = _checked_input(self._session, table.pixels, name)
        self._output = _checked_output(self._session, table, name)
        self._try()

    def classes(self, pixels: Pixels) -> Probabilities:
        """Gives the probability of each class, float64 [classes], each in [0, 1].

        Pictures are judged one at a time, so that no answer depends on a batch. Raises NoAnswer.
        """
        return self.probabilities(self.outputs(prepared(pixels, self.table.pixels)))

    def outputs(self, values: Floats) -> Probabilities:
        """Gives what the graph says of one prepared picture: float64 [classes]. Raises NoAnswer."""
        try:
            (found,) = self._session.run([self._output], {self._input: values})
        except Exception as error:
            message = f"{self._name} fails: {_first_line(error)}"
            raise NoAnswer(message) from error
        return np.asarray(found, np.float64).reshape(-1)

    def probabilities(self, outputs: Probabilities) -> Probabilities:
        """Gives a graph's outputs as probabilities. Raises NoAnswer."""
        if not np.isfinite(outputs).all():
            message = f"{self._name} answers what is no number"
            raise NoAnswer(message)
        scaled = outputs / self.table.temperature
        match self.table.activation:
            case "softmax":
                powers = np.exp(scaled - scaled.max())
                return np.asarray(powers / powers.sum())
            case "sigmoid":
                return np.asarray(1 / (1 + np.exp(-np.clip(scaled, -60, 60))))
            case "none":
                return np.asarray(np.clip(outputs, 0.0, 1.0))

    def _try(self) -> None:
        """Runs the graph on grey, which shows what its description leaves open."""
        pixels = self.table.pixels
        grey = np.full((pixels.height_px, pixels.width_px, _COLOURS), 128, np.uint8)
        try:
            found = self.outputs(prepared(grey, pixels))
        except NoAnswer as error:
            raise ModelMismatch(str(error)) from error
        if len(found) != len(self.table.classes):
            cause = f"{len(found)} outputs for a picture, and {len(self.table.classes)} classes"
            raise _mismatch(self._name, cause)
        if not np.isfinite(found).all():
            raise _mismatch(self._name, "the graph answers what is no number")
        if self.table.activation == "none" and not (
            found.min() >= -_SUM_TOLERANCE and found.max() <= 1 + _SUM_TOLERANCE
        ):
            raise _mismatch(self._name, "outputs are no probabilities: name an activation")


def _opened(model: Path | bytes, name: str, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _FATAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Weights of eight bits become float32 once, at loading, not with every picture: half the time.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    try:
        given = model if isinstance(model, bytes) else str(model)
        return ort.InferenceSession(given, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise _mismatch(name, f"no graph that can be run: {_first_line(error)}") from error


def _checked_input(session: ort.InferenceSession, table: PixelTable, name: str) -> str:
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)":
        found = ", ".join(f"{one.name} {one.type}" for one in inputs)
        raise _mismatch(name, f"inputs ({found}), not one of float32")
    sides = (table.height_px, table.width_px)
    wanted = (_COLOURS, *sides) if table.layout == "nchw" else (*sides, _COLOURS)
    shape = inputs[0].shape
    is_alike = len(shape) == _N_DIMENSIONS and all(
        not isinstance(given, int) or given == asked
        for given, asked in zip(shape, (1, *wanted), strict=True)
    )
    if not is_alike:
        raise _mismatch(name, f"input {shape}, where the card says {[1, *wanted]}")
    return str(inputs[0].name)


def _checked_output(session: ort.InferenceSession, table: NetworkTable, name: str) -> str:
    names = [str(one.name) for one in session.get_outputs()]
    if table.output not in names and (table.output or len(names) != 1):
        asked = table.output or "the one output"
        raise _mismatch(name, f"outputs {', '.join(names)}, where the card says {asked}")
    return table.output or names[0]


def _mismatch(name: str, cause: str) -> ModelMismatch:
    return ModelMismatch(f"{name}: {cause}")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
