"""Keras layers into an ONNX graph whose kernels keep their eight bits.

A batch normalisation goes into the convolution before it: it scales the kernel by output channel,
which is a scale by channel of the bytes, and adds a bias.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from detectors.training.image_nsfw.tfjs import Layer, Network, Weight

OPSET: Final = 17
INPUT: Final = "pixels"
OUTPUT: Final = "classes"
_TO_CHANNELS_FIRST: Final = (0, 3, 1, 2)
_KINDS: Final = frozenset({"Conv2D", "DepthwiseConv2D"})
_WHOLE: Final = 1e-3
"""How far from a whole number the byte that stands for zero may be."""

Floats = npt.NDArray[np.float64]
Setting = int | str | list[int]


class UnknownLayer(ValueError):
    """A layer of a kind, or with a setting, that is not converted."""


class _Builder:
    """Nodes and weights of the graph so far; `names` says what each layer's output is called."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.names: dict[str, str] = {}
        self.norms = _norms(network)

    def add(self, kind: str, inputs: list[str], name: str, **settings: Setting) -> str:
        node = helper.make_node(kind, inputs, [name], name=name)
        node.attribute.extend(helper.make_attribute(key, one) for key, one in settings.items())
        self.nodes.append(node)
        return name

    def hold(self, name: str, values: npt.NDArray[np.generic]) -> str:
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


def converted(network: Network, *, doc: str) -> onnx.ModelProto:
    """Gives the graph: `pixels` float32 [batch, height, width, 3] -> `classes` [batch, classes].

    Raises:
        UnknownLayer: if a layer cannot be converted.
    """
    build = _Builder(network)
    shape: tuple[int | None, ...] = ()
    for layer in network.layers:
        if layer.class_name == "InputLayer":
            shape = layer.config.batch_input_shape
            build.names[layer.name] = build.add(
                "Transpose", [INPUT], "channels_first", perm=list(_TO_CHANNELS_FIRST)
            )
        else:
            build.names[layer.name] = _layer(build, layer)
    last = network.layers[-1]
    n_classes = build.network.weights[f"{last.name}/bias"].bytes.size
    build.add("Identity", [build.names[last.name]], OUTPUT)
    graph = helper.make_graph(
        build.nodes,
        "nsfwjs",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", *shape[1:]])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", n_classes])],
        build.weights,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tidegate"
    )
    model.ir_version = 8
    model.doc_string = doc
    onnx.checker.check_model(model)
    return model


def _layer(build: _Builder, layer: Layer) -> str:
    convert = _CONVERTERS.get(layer.class_name)
    if convert is None:
        message = f"{layer.name} is a {layer.class_name}"
        raise UnknownLayer(message)
    return convert(build, layer, [build.names[name] for name in layer.before])


def _same(_build: _Builder, _layer: Layer, given: list[str]) -> str:
    return given[0]


def _clip(build: _Builder, layer: Layer, given: list[str]) -> str:
    most = np.array(layer.config.max_value or np.inf, np.float32)
    limits = [
        build.hold(f"{layer.name}/least", np.zeros((), np.float32)),
        build.hold(f"{layer.name}/most", most),
    ]
    return build.add("Clip", [*given, *limits], layer.name)


def _add(build: _Builder, layer: Layer, given: list[str]) -> str:
    return build.add("Add", given, layer.name)


def _concatenate(build: _Builder, layer: Layer, given: list[str]) -> str:
    return build.add("Concat", given, layer.name, axis=1)


def _pad(build: _Builder, layer: Layer, given: list[str]) -> str:
    if isinstance(layer.config.padding, str):
        message = f"{layer.name} is padded {layer.config.padding}"
        raise UnknownLayer(message)
    (top, bottom), (left, right) = layer.config.padding
    pads = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
    return build.add("Pad", [*given, build.hold(f"{layer.name}/pads", pads)], layer.name)


def _greatest(build: _Builder, layer: Layer, given: list[str]) -> str:
    return build.add("MaxPool", given, layer.name, **_window(layer))


def _average(build: _Builder, layer: Layer, given: list[str]) -> str:
    return build.add("AveragePool", given, layer.name, **_window(layer))


def _flatten(build: _Builder, layer: Layer, given: list[str]) -> str:
    """Keras flattens with channels last."""
    last = build.add("Transpose", given, f"{layer.name}/channels_last", perm=[0, 2, 3, 1])
    return build.add("Flatten", [last], layer.name, axis=1)


def _convolution(build: _Builder, layer: Layer, given: list[str]) -> str:
    is_by_channel = layer.class_name == "DepthwiseConv2D"
    role = "depthwise_kernel" if is_by_channel else "kernel"
    weight = build.network.weights[f"{layer.name}/{role}"]
    # Keras: height, width, in, out; ONNX: out, in, height, width, and by channel in is 1.
    order = (2, 3, 0, 1) if is_by_channel else (3, 2, 0, 1)
    values = weight.bytes.transpose(order)
    if is_by_channel:
        values = values.reshape(-1, 1, *values.shape[2:])
    n_out = values.shape[0]
    by, bias = np.ones(n_out), np.zeros(n_out)
    if layer.config.use_bias:
        bias = build.network.weights[f"{layer.name}/bias"].values()
    if layer.name in build.norms:
        by, shift = _scaled(build.network, build.norms[layer.name])
        bias = bias * by + shift
    kernel = build.kernel(layer.name, values, weight, by)
    inputs = [*given, kernel, build.hold(f"{layer.name}/bias", bias.astype(np.float32))]
    name = build.add(
        "Conv",
        inputs,
        layer.name,
        kernel_shape=list(layer.config.kernel_size),
        strides=list(layer.config.strides),
        auto_pad=_padding(layer),
        group=n_out if is_by_channel else 1,
    )
    return _activated(build, layer, [name])


def _dense(build: _Builder, layer: Layer, given: list[str]) -> str:
    weight = build.network.weights[f"{layer.name}/kernel"]
    bias = build.network.weights[f"{layer.name}/bias"].values().astype(np.float32)
    kernel = build.kernel(layer.name, weight.bytes.T, weight, np.ones(weight.bytes.shape[1]))
    inputs = [*given, kernel, build.hold(f"{layer.name}/bias", bias)]
    name = build.add("Gemm", inputs, layer.name, transB=1)
    return _activated(build, layer, [name])


def _activated(build: _Builder, layer: Layer, given: list[str]) -> str:
    match layer.config.activation:
        case "linear":
            return given[0]
        case "relu":
            return build.add("Relu", given, f"{layer.name}/relu")
        case "softmax":
            return build.add("Softmax", given, f"{layer.name}/softmax", axis=-1)
    message = f"{layer.name} is activated by {layer.config.activation}"
    raise UnknownLayer(message)


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


def _scaled(network: Network, norm: Layer) -> tuple[Floats, Floats]:
    """What a batch normalisation multiplies by and adds."""

    def held(role: str, otherwise: float) -> Floats:
        weight = network.weights.get(f"{norm.name}/{role}")
        return np.asarray([otherwise]) if weight is None else weight.values()

    by = held("gamma", 1.0) / np.sqrt(held("moving_variance", 1.0) + norm.config.epsilon)
    return by, held("beta", 0.0) - held("moving_mean", 0.0) * by


def _window(layer: Layer) -> dict[str, Setting]:
    return {
        "kernel_shape": list(layer.config.pool_size),
        "strides": list(layer.config.strides),
        "auto_pad": _padding(layer),
    }


def _padding(layer: Layer) -> str:
    """TensorFlow's "same" puts what is over at the bottom and the right."""
    match layer.config.padding:
        case "same":
            return "SAME_UPPER"
        case "valid":
            return "VALID"
    message = f"{layer.name} is padded {layer.config.padding}"
    raise UnknownLayer(message)


_CONVERTERS: Final[dict[str, Callable[[_Builder, Layer, list[str]], str]]] = {
    "Activation": _activated,
    "Add": _add,
    "AveragePooling2D": _average,
    "BatchNormalization": _same,
    "Concatenate": _concatenate,
    "Conv2D": _convolution,
    "Dense": _dense,
    "DepthwiseConv2D": _convolution,
    "Dropout": _same,
    "Flatten": _flatten,
    "MaxPooling2D": _greatest,
    "ReLU": _clip,
    "ZeroPadding2D": _pad,
}
"""By Keras' name of a layer."""
