"""Keras layers, each as ONNX nodes."""

from collections.abc import Callable
from typing import Final

import numpy as np

from detectors.training.image_nsfw.builder import Builder, Floats, Setting, UnknownLayer
from detectors.training.image_nsfw.tfjs import Layer, Network


def add_layer(build: Builder, layer: Layer) -> str:
    """Adds a layer's nodes; gives the name of its output. Raises UnknownLayer."""
    convert = _CONVERTERS.get(layer.class_name)
    if convert is None:
        message = f"{layer.name} is a {layer.class_name}"
        raise UnknownLayer(message)
    return convert(build, layer, [build.names[name] for name in layer.before])


def _same(_build: Builder, _layer: Layer, given: list[str]) -> str:
    return given[0]


def _clip(build: Builder, layer: Layer, given: list[str]) -> str:
    most = np.array(layer.config.max_value or np.inf, np.float32)
    limits = [
        build.hold(f"{layer.name}/least", np.zeros((), np.float32)),
        build.hold(f"{layer.name}/most", most),
    ]
    return build.add("Clip", [*given, *limits], layer.name)


def _add(build: Builder, layer: Layer, given: list[str]) -> str:
    return build.add("Add", given, layer.name)


def _concatenate(build: Builder, layer: Layer, given: list[str]) -> str:
    return build.add("Concat", given, layer.name, axis=1)


def _pad(build: Builder, layer: Layer, given: list[str]) -> str:
    if isinstance(layer.config.padding, str):
        message = f"{layer.name} is padded {layer.config.padding}"
        raise UnknownLayer(message)
    (top, bottom), (left, right) = layer.config.padding
    pads = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
    return build.add("Pad", [*given, build.hold(f"{layer.name}/pads", pads)], layer.name)


def _greatest(build: Builder, layer: Layer, given: list[str]) -> str:
    return build.add("MaxPool", given, layer.name, **_window(layer))


def _average(build: Builder, layer: Layer, given: list[str]) -> str:
    return build.add("AveragePool", given, layer.name, **_window(layer))


def _flatten(build: Builder, layer: Layer, given: list[str]) -> str:
    """Keras flattens with channels last."""
    last = build.add("Transpose", given, f"{layer.name}/channels_last", perm=[0, 2, 3, 1])
    return build.add("Flatten", [last], layer.name, axis=1)


def _convolution(build: Builder, layer: Layer, given: list[str]) -> str:
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


def _dense(build: Builder, layer: Layer, given: list[str]) -> str:
    weight = build.network.weights[f"{layer.name}/kernel"]
    bias = build.network.weights[f"{layer.name}/bias"].values().astype(np.float32)
    kernel = build.kernel(layer.name, weight.bytes.T, weight, np.ones(weight.bytes.shape[1]))
    inputs = [*given, kernel, build.hold(f"{layer.name}/bias", bias)]
    name = build.add("Gemm", inputs, layer.name, transB=1)
    return _activated(build, layer, [name])


def _activated(build: Builder, layer: Layer, given: list[str]) -> str:
    match layer.config.activation:
        case "linear":
            return given[0]
        case "relu":
            return build.add("Relu", given, f"{layer.name}/relu")
        case "softmax":
            return build.add("Softmax", given, f"{layer.name}/softmax", axis=-1)
    message = f"{layer.name} is activated by {layer.config.activation}"
    raise UnknownLayer(message)


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


_CONVERTERS: Final[dict[str, Callable[[Builder, Layer, list[str]], str]]] = {
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
