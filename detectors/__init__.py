"""Detectors: parts in, signals out."""

import os

# onnxruntime reports its use to its makers over the network unless told not to, before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
