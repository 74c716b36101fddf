"""One exported student in every runtime that is installed: how far its keypoints are from onnxruntime's.

    pip install opencv-python-headless openvino rtmlib pnnx ncnn

A row says how many input pixels a keypoint is away on average and at most, how far scores are, in batches of 1 and of
4, and whether that is within 0.5 pixels (a bin of SimCC) for all but 1 in 100, and scores within 0.01 of the highest.
Where onnxruntime itself says as much for either place, to 0.001, a keypoint may be at either. What is not installed is
named.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from unipose.compute.openvino_core import openvino_core  # noqa: E402
from unipose.runtime import OnnxPoseEstimator  # noqa: E402
from unipose.runtime.simcc import SIMCC_OUTPUTS, decode_simcc, is_tied  # noqa: E402
from unipose.student import default_student  # noqa: E402

EXAMPLE = 'example: python benchmarks/exported_everywhere.py work_dirs/demo/epoch_16.pth'
PHOTOS = ('astronaut.jpg', 'camera.jpg')
PIXELS, SHARE, SCORE, TIE = 0.5, 0.01, 0.01, 0.001
Run = Callable[[np.ndarray], Sequence[np.ndarray]]
"""From images ``[B, 3, H, W]``, normalised, to SimCC outputs."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0], epilog=EXAMPLE)
    parser.add_argument('student', nargs='?', help='checkpoint, or ONNX file; default: the student that comes along')
    parser.add_argument('--images', type=Path, nargs='+', default=[ROOT / 'docs/images' / name for name in PHOTOS])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, traced = exported(args.student, Path(folder))
        estimator = OnnxPoseEstimator(file)
        fed, scenes = crops(estimator, args.images)
        good = [row(name, run, estimator, fed) for name, run in runtimes(file, traced, fed.shape)]
        good += [pipeline(backend, file, estimator, scenes) for backend in ('onnxruntime', 'opencv')]
    return int(not all(good))


def exported(student: str | None, folder: Path) -> tuple[Path, Path | None]:
    """The ONNX file, and of a checkpoint the TorchScript file, which pnnx reads."""
    if student is None or student.endswith('.onnx'):
        return Path(student or default_student()), None
    import unipose.registration  # noqa: F401
    from unipose.commands.export.deployed_student import load_exportable
    from unipose.commands.export.export import export
    from unipose.commands.export.options import ExportOptions
    from unipose.commands.export.pictures import check_pictures

    exportable, files = load_exportable(student), (folder / 'student.onnx', folder / 'student.ts')
    pictures = check_pictures(exportable, limit=4)
    for file, kind in zip(files, ('onnx', 'torchscript'), strict=True):
        export(exportable, file, pictures, ExportOptions(kind=kind))
    return files


def crops(
    estimator: OnnxPoseEstimator, images: Sequence[Path]
) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Normalised crops ``[N, 3, H, W]``, and what they are of: pictures with boxes, which lie about their middles."""
    scenes, fed = [], []
    for path in images:
        image = cv2.imread(str(path))
        size, rng = np.array(image.shape[1::-1]), np.random.default_rng(0)
        corners = size * rng.uniform((0, 0), (0.4, 0.2), (8, 2)), size * rng.uniform((0.6, 0.8), (1, 1), (8, 2))
        scenes.append((image, np.concatenate(corners, -1).astype(np.float32)))
        fed.append(estimator.crops(*scenes[-1]))
    return np.concatenate(fed), scenes


def runtimes(file: Path, traced: Path | None, shape: tuple[int, ...]) -> Iterator[tuple[str, Run | str]]:
    """Names of runtimes, and what runs the student there, or why nothing does."""
    for name, build in dict(opencv=_opencv, openvino=_openvino).items():
        try:
            yield name, build(file)
        except ImportError as error:
            yield name, f'not installed ({error})'
    if traced is None:
        yield 'ncnn', 'pnnx reads TorchScript: give a checkpoint'
        return
    for batch in (1, 4):
        try:
            yield f'ncnn, pnnx for a batch of {batch}', _ncnn(traced, (batch, *shape[1:]))
        except ImportError as error:
            yield 'ncnn', f'not installed ({error})'


def _opencv(file: Path) -> Run:
    net = cv2.dnn.readNetFromONNX(str(file))

    def run(images: np.ndarray) -> Sequence[np.ndarray]:
        net.setInput(images)
        return net.forward(SIMCC_OUTPUTS)

    return run


def _openvino(file: Path) -> Run:
    compiled = openvino_core().compile_model(str(file), 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    return lambda images: [compiled(images)[name] for name in SIMCC_OUTPUTS]


def _ncnn(traced: Path, shape: tuple[int, ...]) -> Run:
    import ncnn
    import pnnx

    folder = traced.with_name(f'pnnx_{shape[0]}')
    folder.mkdir()
    (folder / 'student.pt').write_bytes(traced.read_bytes())
    sides = ','.join(map(str, shape))
    command = [pnnx.EXEC_PATH, 'student.pt', f'inputshape=[{sides}]', 'fp16=0']
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    net = ncnn.Net()
    for name in ('use_fp16_packed', 'use_fp16_storage', 'use_fp16_arithmetic', 'use_bf16_storage'):
        setattr(net.opt, name, False)
    net.load_param(str(folder / 'student.ncnn.param'))
    net.load_model(str(folder / 'student.ncnn.bin'))

    def run(images: np.ndarray) -> Sequence[np.ndarray]:
        found = []
        for image in images:  # ncnn knows no batches
            extractor = net.create_extractor()
            extractor.input('in0', ncnn.Mat(image))
            found.append([np.array(extractor.extract(name)[1]) for name in ('out0', 'out1')])
        return [np.stack(same) for same in zip(*found, strict=True)]

    return run


def row(name: str, run: Run | str, estimator: OnnxPoseEstimator, fed: np.ndarray) -> bool:
    """Prints how far a runtime is from onnxruntime; whether that is near enough."""
    if isinstance(run, str):
        print(f'{name}: {run}')
        return True
    rows = estimator.run(fed)
    expected, scores = decode_simcc(*rows, estimator.input_size)
    good = True
    for batch in (1, 4):
        parts = [run(fed[start : start + batch]) for start in range(0, len(fed), batch)]
        found, sure = decode_simcc(*(np.concatenate(same) for same in zip(*parts, strict=True)), estimator.input_size)
        found = np.where(is_tied(rows, found, estimator.input_size, TIE), expected, found)
        good &= _told(f'{name} {_version(name)}, batches of {batch}', (expected, scores), (found, sure))
    return good


def pipeline(backend: str, file: Path, estimator: OnnxPoseEstimator, scenes: Sequence[Any]) -> bool:
    """Prints how far rtmlib is, which crops by itself, in image pixels; the file takes RGB, and is shown it."""
    try:
        from rtmlib import RTMPose
    except ImportError as error:
        return row('rtmlib', f'not installed ({error})', estimator, np.empty(0))
    theirs = RTMPose(str(file), estimator.input_size, backend=backend)
    input_px = [(estimator.input_size[1] / 1.25 / (boxes[:, 3] - boxes[:, 1]))[:, None, None] for _, boxes in scenes]
    ours = [estimator(image, boxes) for image, boxes in scenes]
    found = [theirs(np.ascontiguousarray(image[..., ::-1]), boxes) for image, boxes in scenes]
    both = [
        (np.concatenate([one[0] * px for one, px in zip(some, input_px)]), np.concatenate([one[1] for one in some]))
        for some in (ours, found)
    ]
    return _told(f'rtmlib {version("rtmlib")} with {backend} (its own crops and scores)', *both, scored=False)


def _told(what: str, ours: Sequence[np.ndarray], found: Sequence[np.ndarray], scored: bool = True) -> bool:
    present = (ours[1] > 0) & (found[1] > 0)
    apart = np.linalg.norm(found[0] - ours[0], axis=-1)[present]
    score = float(np.abs(found[1] - ours[1]).max())
    good = (apart > PIXELS).mean() <= SHARE and (not scored or score <= SCORE * ours[1].max())
    print(
        f'{what}: {present.sum()} keypoints, {apart.mean():.4f} px on average, {apart.max():.2f} at most, '
        f'{100 * (apart > PIXELS).mean():.2f}% over {PIXELS}; scores {score:.1e}{"" if good else "  TOO FAR"}'
    )
    return bool(good)


def _version(name: str) -> str:
    return cv2.__version__ if name == 'opencv' else version(name.partition(',')[0])


if __name__ == '__main__':
    sys.exit(main())
