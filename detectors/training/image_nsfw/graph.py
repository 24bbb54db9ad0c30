"""Keras layers into an ONNX graph whose kernels keep their eight bits.

A batch normalisation goes into the convolution before it: it scales the kernel by output channel,
which is a scale by channel of the bytes, and adds a bias.
"""

from typing import Final

import onnx
from onnx import TensorProto, helper

from detectors.training.image_nsfw.builder import Builder
from detectors.training.image_nsfw.layers import add_layer
from detectors.training.image_nsfw.tfjs import Network

OPSET: Final = 17
INPUT: Final = "pixels"
OUTPUT: Final = "classes"
_TO_CHANNELS_FIRST: Final = (0, 3, 1, 2)


def converted(network: Network, *, doc: str) -> onnx.ModelProto:
    """Gives the graph: `pixels` float32 [batch, height, width, 3] -> `classes` [batch, classes].

    Raises:
        UnknownLayer: if a layer cannot be converted.
    """
    build = Builder(network)
    shape: tuple[int | None, ...] = ()
    for layer in network.layers:
        if layer.class_name == "InputLayer":
            shape = layer.config.batch_input_shape
            build.names[layer.name] = build.add(
                "Transpose", [INPUT], "channels_first", perm=list(_TO_CHANNELS_FIRST)
            )
        else:
            build.names[layer.name] = add_layer(build, layer)
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
