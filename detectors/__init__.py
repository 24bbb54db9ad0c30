"""Detectors: parts in, signals out."""

import os

# onnxruntime tells its makers of its use, over the network, unless told not to before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
