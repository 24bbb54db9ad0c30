"""ONNX graphs: opened on one thread, with a tensor from inside as one more output."""

from typing import Final

import onnxruntime as ort

_GRAPH: Final = 7
"""Number of `ModelProto.graph` in the ONNX format."""
_OUTPUT: Final = 12
"""Number of `GraphProto.output`."""
_NAME: Final = 1
"""Number of `ValueInfoProto.name`."""


def opened(content: bytes, *, threads: int = 1) -> ort.InferenceSession:
    """Gives a session. Its memory is given back after each run: pictures differ in size."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def with_output(content: bytes, name: str) -> bytes:
    """Gives a model that answers with the tensor `name` too, after its own outputs.

    A second piece of a message's field is merged with the first, in every reader of Protocol
    Buffers: so it is enough to write the new output behind the model.
    """
    return content + _field(_GRAPH, _field(_OUTPUT, _field(_NAME, name.encode())))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:  # noqa: PLR2004
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
