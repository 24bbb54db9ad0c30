"""Writes the fitted projection as ONNX, its weights stored in 16 bits."""

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from detectors.image.brand.edges import N_CELLS, N_WAYS
from detectors.image.brand.embedder import N_OUT
from detectors.training.image_brand.fit import Floats, Projection

_OPSET: Final = 17
_IR: Final = 8


def write(projection: Projection, path: Path) -> None:
    """Writes the projection's graph: `edges` float32 [n, 8, 12, 12] -> unit `directions`."""
    bias = -projection.mean @ projection.matrix
    nodes = [
        helper.make_node("Flatten", ["edges"], ["flat"], axis=1),
        # Computing is in 32 bits, once a session has loaded them.
        helper.make_node("Cast", ["matrix.16"], ["matrix"], to=TensorProto.FLOAT),
        helper.make_node("Gemm", ["flat", "matrix", "bias"], ["out"]),
        helper.make_node("LpNormalization", ["out"], ["directions"], axis=1, p=2),
    ]
    weights = [
        numpy_helper.from_array(projection.matrix.astype(np.float16), "matrix.16"),
        numpy_helper.from_array(_exact(bias), "bias"),
    ]
    shape: list[str | int | None] = ["n", N_WAYS, N_CELLS, N_CELLS]
    made = helper.make_graph(
        nodes,
        "image_brand",
        [helper.make_tensor_value_info("edges", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("directions", TensorProto.FLOAT, ["n", N_OUT])],
        weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _exact(values: Floats) -> Floats:
    return np.asarray(values, np.float32)
