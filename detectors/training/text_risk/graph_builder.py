"""Building an ONNX graph node by node, with int8 matrices that do not see a text's neighbours."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

Weights = Literal["fp32", "rows8", "q8", "q4"]
Floats = npt.NDArray[np.float32]
Port = tuple[str, int, Sequence[str | int]]
"""An input or output: name, ONNX element type, shape."""

CONTRIB = "com.microsoft"
BLOCK = 32
_INT8_COMPUTE = 4
_OPSET = 17
_IR = 10


class Builder:
    """Collects nodes and constants; names are unique by use."""

    def __init__(self, weights: Weights) -> None:
        """Starts an empty graph whose matrices are stored as `weights` says."""
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        """Gives the name of a constant, which is stored once."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(value, name)
        return name

    def axis(self, axis: int) -> str:
        """Gives the name of a constant that holds an axis, int64 [1]."""
        return self.constant(f"axis.{axis}", np.array([axis], np.int64))

    def node(
        self, kind: str, inputs: list[str], output: str, domain: str = "",
        **attributes: float | int | str | list[int],
    ) -> str:  # fmt: skip
        """Adds a node with one output, and gives the output's name."""
        self.nodes.append(
            helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes)
        )
        return output

    def split3(self, source: str, name: str) -> list[str]:
        """Cuts the last axis into three equal parts."""
        outputs = [f"{name}.{part}" for part in "qkv"]
        self.nodes.append(
            helper.make_node(
                "Split", [source, self.constant(f"{name}.sizes", np.array([384] * 3))], outputs,
                name=name, axis=2,
            )
        )  # fmt: skip
        return outputs

    def linear(self, source: str, name: str, weight: Floats, bias: Floats | None) -> str:
        """Multiplies by `weight`, [out, in], as this graph stores matrices, and adds `bias`."""
        if self.weights == "fp32":
            product = self.node(
                "MatMul", [source, self.constant(f"{name}.w", weight.T.copy())], f"{name}.product"
            )
        elif self.weights == "rows8":
            product = self._rowwise(source, name, weight)
        else:
            product = self._blocked(source, name, weight)
        if bias is None:
            return product
        return self.node("Add", [product, self.constant(f"{name}.b", bias)], f"{name}.out")

    def _rowwise(self, source: str, name: str, weight: Floats) -> str:
        """Int8 product with one activation scale per token, so no text sees its neighbours."""
        size, one, zero = self._quantiser()
        absolute = self.node("Abs", [source], f"{name}.abs")
        largest = self.node("ReduceMax", [absolute], f"{name}.largest", axes=[-1], keepdims=1)
        step = self.node("Div", [largest, size], f"{name}.step")
        scaled = self.node("Div", [source, step], f"{name}.scaled")
        levels = self.node("QuantizeLinear", [scaled, one, zero], f"{name}.levels")
        values, scales = columnwise(weight)
        product = self.node(
            "MatMulIntegerToFloat",
            [
                levels, self.constant(f"{name}.w", values), one,
                self.constant(f"{name}.s", scales), zero,
            ],
            f"{name}.integer",
            CONTRIB,
        )  # fmt: skip
        return self.node("Mul", [product, step], f"{name}.product")

    def _quantiser(self) -> tuple[str, str, str]:
        return (
            self.constant("levels.size", np.array(127, np.float32)),
            self.constant("levels.one", np.array(1, np.float32)),
            self.constant("levels.zero", np.array(128, np.uint8)),
        )

    def _blocked(self, source: str, name: str, weight: Floats) -> str:
        bits = 8 if self.weights == "q8" else 4
        values, scales = blockwise(weight, bits)
        return self.node(
            "MatMulNBits",
            [source, self.constant(f"{name}.w", values), self.constant(f"{name}.s", scales)],
            f"{name}.product",
            domain=CONTRIB,
            K=weight.shape[1],
            N=weight.shape[0],
            bits=bits,
            block_size=BLOCK,
            accuracy_level=_INT8_COMPUTE,
        )

    def save(self, path: Path, inputs: Sequence[Port], outputs: Sequence[Port]) -> None:
        """Writes the graph with these inputs and outputs."""
        graph = helper.make_graph(
            self.nodes,
            "text.risk",
            [helper.make_tensor_value_info(*port) for port in inputs],
            [helper.make_tensor_value_info(*port) for port in outputs],
            list(self.constants.values()),
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(
            graph, opset_imports=opsets, producer_name="tidegate", ir_version=_IR
        )
        path.write_bytes(model.SerializeToString())


def columnwise(weight: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Int8 [in, out] within +-63 and float32 scales [out].

    Seven bits: two products of larger weights overflow the 16-bit sums of AVX2.
    """
    scales = np.maximum(np.abs(weight).max(axis=1) / 63, 1e-9).astype(np.float32)
    return np.round(weight / scales[:, None]).astype(np.int8).T.copy(), scales


def blockwise(weight: Floats, bits: int) -> tuple[npt.NDArray[np.uint8], Floats]:
    """Symmetric block quantisation as `MatMulNBits` wants it.

    Returns:
        uint8 [out, blocks, 32 * bits / 8] with the zero at 2^(bits-1), and float32 scales
        [out * blocks].
    """
    out = weight.shape[0]
    blocks = weight.reshape(out, -1, BLOCK)
    zero = 1 << (bits - 1)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
    scale = np.where(extreme == 0, 1.0, -extreme / zero).astype(np.float32)
    levels = np.clip(np.round(blocks / scale) + zero, 0, 2 * zero - 1).astype(np.uint8)
    if bits == 4:  # noqa: PLR2004
        levels = levels[..., 0::2] | (levels[..., 1::2] << 4)
    return levels, scale.reshape(-1)
