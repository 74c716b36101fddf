"""Inference with NumPy, OpenCV and onnxruntime alone."""
