"""A graph that grows by nodes and weights."""

from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from detectors.training.image_nsfw.tfjs import Layer, Network, Weight

_KINDS: Final = frozenset({"Conv2D", "DepthwiseConv2D"})
_WHOLE: Final = 1e-3
"""How far from a whole number the byte that stands for zero may be."""

Floats = npt.NDArray[np.float64]
Setting = int | str | list[int]


class UnknownLayer(ValueError):
    """A layer of a kind, or with a setting, that is not converted."""


class Builder:
    """Nodes and weights of the graph so far; `names` says what each layer's output is called."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.names: dict[str, str] = {}
        self.norms = _norms(network)

    def add(self, kind: str, inputs: list[str], name: str, **settings: Setting) -> str:
        """Adds a node with one output; gives that one's name, which is the node's too."""
        node = helper.make_node(kind, inputs, [name], name=name)
        node.attribute.extend(helper.make_attribute(key, one) for key, one in settings.items())
        self.nodes.append(node)
        return name

    def hold(self, name: str, values: npt.NDArray[np.generic]) -> str:
        """Adds a weight; gives its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def kernel(self, name: str, values: npt.NDArray[np.uint8], weight: Weight, by: Floats) -> str:
        """Adds a kernel of bytes, the first axis of which is scaled by `by`."""
        zero = -weight.min / weight.scale
        if abs(zero - round(zero)) > _WHOLE or not 0 <= round(zero) <= np.iinfo(np.uint8).max:
            message = f"{name}: no byte stands for zero"
            raise UnknownLayer(message)
        scales = (weight.scale * by).astype(np.float32)
        zeros = np.full(len(scales), round(zero), np.uint8)
        inputs = [
            self.hold(f"{name}/bytes", values),
            self.hold(f"{name}/scale", scales),
            self.hold(f"{name}/zero", zeros),
        ]
        return self.add("DequantizeLinear", inputs, f"{name}/kernel", axis=0)


def _norms(network: Network) -> dict[str, Layer]:
    """The batch normalisation behind each convolution."""
    kinds = {layer.name: layer.class_name for layer in network.layers}
    n_uses: dict[str, int] = {}
    norms: dict[str, Layer] = {}
    for layer in network.layers:
        for name in layer.before:
            n_uses[name] = n_uses.get(name, 0) + 1
        if layer.class_name == "BatchNormalization":
            norms[layer.before[0]] = layer
    for name, norm in norms.items():
        if kinds[name] not in _KINDS or n_uses[name] > 1:
            message = f"{norm.name} follows no convolution of its own"
            raise UnknownLayer(message)
    return norms
