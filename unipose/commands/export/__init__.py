"""A student as a file that runs without MMPose: ONNX, or TorchScript."""
