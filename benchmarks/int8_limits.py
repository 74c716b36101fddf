"""How still int8 can keep the keypoints of the student that comes along: what each of its parts moves.

On dev people of `benchmarks/real_people.py`, beside what noise of a grey level in the pixels moves. Each row says how
many keypoints are further than 3 input pixels from where the student has them in fp32, of all and of those scored above
0.3, and what an image costs, in turns with fp32, with one thread.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

MOVED, SURE = 3.0, 0.3
SIZE = (192, 256)  # width and height of the student's input
BATCH, CALIBRATED_ON, STEM = 16, 256, 3  # the stem's convolutions
MEAN, STD = np.float32((123.675, 116.28, 103.53)), np.float32((58.395, 57.12, 57.375))  # RGB, RTMPose's


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/int8_limits.py data/people teachers'
    )
    from benchmarks.real.folders import add_folders, folders_of

    add_folders(parser)
    parser.add_argument('--limit', type=int, default=454, metavar='N', help='dev people (default: 454)')
    args = parser.parse_args()
    folders = folders_of(args)
    os.chdir(ROOT)
    try:
        calibrated_on, people = pictures(folders, args.limit)
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), calibrated_on, people)
    except (ValueError, OSError, ImportError) as error:
        parser.error(str(error))


def pictures(folders: tuple[Path, Path, Path], limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Crops of training people and of dev people, ``[N, 256, 192, 3]``, uint8, BGR."""
    import unipose.registration  # noqa: F401
    from benchmarks.export_cost import test_crops
    from benchmarks.real.plan import prepare
    from unipose.commands.export.pictures import training_crops
    from unipose.files.read_config import read_config

    prepare(*folders)
    config = read_config('configs/real_people/rtmpose-t.py')
    return training_crops(SimpleNamespace(input_size=SIZE), config, CALIBRATED_ON), test_crops(config, limit)


def compare(folder: Path, calibrated_on: np.ndarray, people: np.ndarray) -> None:
    """Prints a row for each way, as it is measured."""
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantType

    from unipose.commands.export.quantise import quantised
    from unipose.files.onnx.session import open_session

    whole = folder / 'fp32.onnx'
    behind, stem = write_fp32(whole)
    fp32 = open_session(whole, threads=1)
    images = fed(people)
    places, scores = decoded(fp32, images)
    print('| what | moved, % | of the sure ones, % | time, of fp32 |\n| --- | ---: | ---: | ---: |')

    def row(what: str, session: Any, images: np.ndarray) -> None:
        moved = np.linalg.norm(decoded(session, images)[0] - places, axis=-1) > MOVED
        share, ratio = moved[scores > SURE].mean(), slower(session, fp32, images[:BATCH])
        print(f'| {what} | {100 * moved.mean():.1f} | {100 * share:.1f} | {ratio:.2f} |', flush=True)

    noise = np.random.default_rng(0).uniform(-1, 1, people.shape).astype(np.float32)
    row('fp32, noise of up to 1 grey level in the pixels', fp32, fed(people + noise))
    finest: dict[str, Any] = dict(activation_type=QuantType.QUInt16, reduce_range=False)
    still: dict[str, Any] = dict(
        reduce_range=False, calibrate_method=CalibrationMethod.Percentile, nodes_to_exclude=[*stem, *behind]
    )
    for what, options in {
        'as it is exported: weights of 7 bits, activations of 8': {},
        'weights of 8 bits': dict(reduce_range=False),
        'weights of 8 bits, activations of 16': finest,
        'of the operators convolutions alone, weights of 8 bits': dict(
            reduce_range=False, op_types_to_quantize=['Conv']
        ),
        'the first convolutions in fp32, ranges by percentile, weights of 8 bits': still,
    }.items():
        file = folder / 'int8.onnx'
        onnx.save(quantised(onnx.load(whole), fed(calibrated_on), **options), file)
        row(what, open_session(file, threads=1), images)


def write_fp32(file: Path) -> tuple[list[str], list[str]]:
    """Writes the student, whose file is in half precision, in fp32.

    Returns:
        The nodes behind its last convolution, and those of its stem.
    """
    import onnx
    import onnxslim
    from onnx import numpy_helper

    from unipose.student import default_student

    model = onnx.load(default_student())
    graph, half = model.graph, onnx.TensorProto.FLOAT16
    tensors = [*graph.initializer, *(entry.t for node in graph.node for entry in node.attribute if entry.HasField('t'))]
    for tensor in tensors:
        if tensor.data_type == half:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))
    for node in graph.node:
        for entry in node.attribute:
            if node.op_type == 'Cast' and entry.name == 'to' and entry.i == half:
                entry.i = onnx.TensorProto.FLOAT
    del graph.value_info[:]
    model = onnxslim.slim(model)  # casts from fp32 to fp32 go
    onnx.save(model, file)
    convolutions = [number for number, node in enumerate(model.graph.node) if node.op_type == 'Conv']
    nodes = [node.name for node in model.graph.node]
    return nodes[convolutions[-1] + 1 :], nodes[: convolutions[STEM]]


def fed(crops: np.ndarray) -> np.ndarray:
    """What the network takes, of BGR crops."""
    return np.ascontiguousarray(((crops[..., ::-1] - MEAN) / STD).transpose(0, 3, 1, 2), np.float32)


def decoded(session: Any, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints ``[N, K, 2]``, input pixels, and their scores ``[N, K]``."""
    from unipose.runtime.simcc import decode_simcc

    found = [session.run(None, {'input': images[at : at + BATCH]}) for at in range(0, len(images), BATCH)]
    return decode_simcc(*(np.concatenate(axis) for axis in zip(*found, strict=True)), SIZE)


def slower(session: Any, fp32: Any, images: np.ndarray, turns: int = 15) -> float:
    """The median over turns of what a network takes, of what fp32 takes."""
    from unipose.commands.speed.alternating import ratio, seconds_of

    runs = dict(own=session, fp32=fp32)
    things = {name: partial(each.run, None, {'input': images}) for name, each in runs.items()}
    return ratio(seconds_of(things, turns), 'own', 'fp32')


if __name__ == '__main__':
    main()
