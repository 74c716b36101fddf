"""Small ONNX files that look like detectors: cells of 32 pixels that are white are people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_KINDS = {np.float16: TensorProto.FLOAT16, np.float32: TensorProto.FLOAT}
_STRIDES = (8, 16, 32)
_CLASSES = 3


def write_detector(
    path: Path,
    outputs: str = 'rows',
    focus: bool = True,
    white: float = 255.0,
    decoded: bool = False,
    dtype: type = np.float32,
    side: int = 64,
) -> Path:
    """Writes a detector.

    Args:
        path: The file.
        outputs: ``'rows'``, YOLOX's own; ``'dets labels'``, as MMDeploy exports detectors; or ``'dets'`` alone.
        focus: Whether it puts pixels of four places together first, as YOLOX does; or convolves at once, as RTMDet.
        white: The number that it is fed for a white pixel; it gives that the score 1.
        decoded: Whether rows are pixels.
        dtype: Of its input, weights and outputs.
        side: Width and height of its input.
    """
    cells = [(x, y, stride) for stride in _STRIDES for y in range(side // stride) for x in range(side // stride)]
    columns, rows, sizes = np.array(cells, float).T
    centers, sides = (np.stack([columns, rows], -1) + 0.5) * sizes[:, None], np.stack([sizes, sizes], -1)
    places = [centers - sides / 2, centers + sides / 2]
    if outputs == 'rows':  # relative to cells, and logarithms, where they are not decoded
        places = [centers, sides] if decoded else [np.full_like(centers, 0.5), np.zeros_like(sides)]
    channels = 12 if focus else 3
    floats = dict(
        places=np.concatenate(places, -1)[None],
        large=np.where(sizes == 32, 1, 0.1)[None, :, None] / white,
        kernel=np.full((1, channels, 1, 1), 1 / channels),
        classes=np.tile(np.arange(_CLASSES) == 0, (1, len(cells), 1)),
    )
    whole = dict(flat=np.array([1, -1, 1]), none=np.zeros((1, len(cells)), int))
    whole |= {f'start_{x}{y}': np.array([y, x]) for x in (0, 1) for y in (0, 1)}
    whole |= dict(end=np.array([side, side]), axes=np.array([2, 3]), two=np.array([2, 2]))
    node = helper.make_node
    nodes = _focus(node) if focus else []
    nodes += [node('Conv', ['together' if focus else 'input', 'kernel'], ['grey'])]
    for stride in _STRIDES:
        window = [stride // 2 if focus else stride] * 2
        nodes += [node('AveragePool', ['grey'], [f'cells_{stride}'], kernel_shape=window, strides=window)]
        nodes += [node('Reshape', [f'cells_{stride}', 'flat'], [f'flat_{stride}'])]
    nodes += [node('Concat', [f'flat_{stride}' for stride in _STRIDES], ['brightness'], axis=1)]
    nodes += [node('Mul', ['brightness', 'large'], ['sure'])]
    of_rows, of_dets = ['places', 'sure', 'classes'], ['places', 'sure']
    first, parts = ('output', of_rows) if outputs == 'rows' else ('dets', of_dets)
    nodes += [node('Concat', parts, [first], axis=2)]
    width = 5 + (_CLASSES if outputs == 'rows' else 0)
    values = [helper.make_tensor_value_info(first, _KINDS[dtype], [1, len(cells), width])]
    if outputs == 'dets labels':
        nodes += [node('Identity', ['none'], ['labels'])]
        values += [helper.make_tensor_value_info('labels', TensorProto.INT64, [1, len(cells)])]
    used = {name for one in nodes for name in one.input}
    constants = {name: value.astype(dtype) for name, value in floats.items()} | whole
    graph = helper.make_graph(
        nodes,
        'detector',
        [helper.make_tensor_value_info('input', _KINDS[dtype], [1, 3, side, side])],
        values,
        [numpy_helper.from_array(value, name) for name, value in constants.items() if name in used],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=10), path)
    return path


def _focus(node) -> list:
    places = ('00', '01', '10', '11')
    slices = [node('Slice', ['input', f'start_{place}', 'end', 'axes', 'two'], [f'pixels_{place}']) for place in places]
    return [*slices, node('Concat', [f'pixels_{place}' for place in places], ['together'], axis=1)]
