"""ONNX files: sessions of them, and what they say of themselves; loads neither torch nor MMPose."""
