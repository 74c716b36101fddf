#!/usr/bin/env bash
# OpenCV's dnn 4.14 and 5.0 take x * HardSigmoid(conv(mean(x))) for HardSwish(conv(mean(x))), and lose x.
#
# Guess: what onnxruntime and OpenVINO agree on, OpenCV reads alike, or refuses.
# Seen: the channel attention of RTMPose's backbones (CSPNeXt) comes out with every pixel of a channel the same; where the
# shape is asked for later, the file is refused with a message about a Reshape. Mul, Add and Clip in its place give
# onnxruntime's numbers.
# What follows: export the gate as Mul, Add and Clip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
for version in 4.14.0.94 5.0.0.93; do
  "$folder/env/bin/pip" install -q numpy==2.2.6 onnx==1.23.2 onnxruntime==1.32.0 "opencv-python-headless==$version"
  "$folder/env/bin/python" - "$folder/gate.onnx" <<'PYTHON'
import sys

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def distance(plain: bool) -> float:
    """How far OpenCV is from onnxruntime."""
    node = helper.make_node
    gate = [node('HardSigmoid', ['conv'], ['share'], alpha=1 / 6, beta=0.5)] if plain else [
        node('Mul', ['conv', 'sixth'], ['scaled']),
        node('Add', ['scaled', 'half'], ['moved']),
        node('Clip', ['moved', 'zero', 'one'], ['share']),
    ]
    nodes = [
        node('GlobalAveragePool', ['x'], ['mean']),
        node('Conv', ['mean', 'weight'], ['conv']),
        *gate,
        node('Mul', ['x', 'share'], ['y']),
    ]
    numbers = dict(weight=np.eye(4).reshape(4, 4, 1, 1)) | (
        {} if plain else dict(sixth=1 / 6, half=0.5, zero=0, one=1)
    )
    fixed = [numpy_helper.from_array(np.array(value, np.float32), name) for name, value in numbers.items()]
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4, 6, 5])] for name in 'xy']
    graph = helper.make_graph(nodes, 'gate', *ends, fixed)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=10), sys.argv[1])
    image = np.random.default_rng(0).normal(size=(1, 4, 6, 5)).astype(np.float32)
    (expected,) = onnxruntime.InferenceSession(sys.argv[1]).run(None, dict(x=image))
    net = cv2.dnn.readNetFromONNX(sys.argv[1])
    net.setInput(image)
    return float(np.abs(net.forward() - expected).max())


plain, written_out = distance(True), distance(False)
print(f'OpenCV {cv2.__version__}: {plain:.2f} from onnxruntime with HardSigmoid, {written_out:.1e} with Mul, Add, Clip')
assert plain > 0.1 and written_out < 1e-5, 'OpenCV reads the gate otherwise now'
PYTHON
done
