"""Any ONNX classifier of pictures, by a card and a file: no code."""
