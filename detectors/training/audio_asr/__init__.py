"""Whisper's weights out of CTranslate2's file and into ONNX, for comparison with faster-whisper."""
