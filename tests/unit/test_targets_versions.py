"""Whoever changes the numbers of targets raises a version, so that what was stored before is not taken for the same."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from mmpose.registry import MODELS
from torch import Tensor

from unipose.caching import TargetStore
from unipose.datasets.photometric_preprocessor import PhotometricPreprocessor
from unipose.datasets.transforms import DrawPhotometric
from unipose.simcc import Canvas, PaddedWindow, Persons, Placement, SimCCBins, SimCCTarget, Window
from unipose.simcc.compact import compress, decompress
from unipose.skeletons import KeypointMap, load_skeleton, with_midpoints
from unipose.teachers.adapters import HeatmapAdapter, RegressionAdapter, ScoreMapAdapter, SimCCAdapter, build_adapter
from unipose.teachers.adapters.adapter import Adapter
from unipose.teachers.calibration import Calibration
from unipose.teachers.outputs import CoordinateOutput, HeatmapOutput, Output, ScoreMapOutput, SimCCOutput
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

STUDENT, TEACHER, CANVAS = (24, 32), (32, 32), Canvas((32, 32))
BINS = SimCCBins(STUDENT, (1.73, 2.0))
STUDENT_WINDOW, WINDOW = Window(STUDENT, STUDENT), Window(TEACHER, TEACHER)
AXES = WINDOW.place(CANVAS).of(STUDENT_WINDOW.place(CANVAS))
BOX = torch.tensor([[[12.0, 16.0], [9.0, 1.0], [-1.0, 13.0]]])
PERSONS = Persons(('coco',), BOX, torch.tensor([[18.0, 26.0]]))


def waves(*shape: int) -> Tensor:
    """Numbers between -1 and 1 of which no two are alike."""
    return torch.sin(torch.arange(float(np.prod(shape))) * 0.7 + 0.3).reshape(shape)


def bump(places: Sequence[tuple[float, float]], cells: tuple[int, int], sigma: float) -> Tensor:
    """A Gaussian at each place, ``[1, len(places), h, w]``."""
    x, y = torch.meshgrid(*map(torch.arange, cells), indexing='xy')
    return torch.stack([torch.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * sigma**2)) for u, v in places])[None]


def gist(*tensors: Tensor) -> list[float]:
    """A few numbers that change where any of many does."""
    flat = torch.cat([values.double().flatten() for values in tensors])
    return [(flat @ torch.cos(torch.arange(len(flat), dtype=flat.dtype) * step)).item() for step in (0.0, 0.1, 1.3)]


def gist_of_target(target: SimCCTarget, *more: Tensor) -> list[float]:
    return gist(target.x, target.y, target.weight, *more)


def adapted(output: Output, raw: Any, **config: Any) -> list[float]:
    adapter = build_adapter(output, input_size=TEACHER, bins=BINS, config=dict(offset=(0.2, -0.3), **config))
    return gist_of_target(*adapter(raw, AXES, PERSONS))


def of_simcc() -> list[float]:
    rows = tuple(1.5 * bump([(20.3, 0), (70.0, 0)], (64, 1), 1.9)[:, :, 0] + 0.05 * waves(1, 2, 64) for _ in 'xy')
    return adapted(SimCCOutput(2.0, (1.9, 1.9)), rows)


def of_heatmaps() -> list[float]:
    outputs = (HeatmapOutput(1.5), HeatmapOutput(1.5, coding='udp'), HeatmapOutput(1.5, 255.0, 'centred'))
    maps = bump([(3.2, 4.7), (14.6, 9.0)], (16, 16), 1.6) + 0.4 * bump([(10.0, 2.0), (4.0, 9.5)], (16, 16), 1.5)
    return [number for output in outputs for number in adapted(output, (maps + 0.004 * waves(16)) * output.peak)]


def of_score_maps() -> list[float]:
    maps = bump([(3.2, 4.7), (6.0, 3.1)], (8, 8), 0.6) + 0.004 * waves(8)
    return adapted(ScoreMapOutput(), (maps, 0.4 * waves(1, 4, 8, 8)), spread=0.03)


def of_coordinates() -> list[float]:
    places, sigmas = torch.tensor([[[0.4, 0.55], [0.95, 0.1]]]), torch.tensor([[[0.02, 0.05], [0.1, 0.02]]])
    scores = torch.tensor([[0.9, 0.4]])
    laplace = adapted(CoordinateOutput(), (places, None, sigmas))
    gaussian = adapted(CoordinateOutput('pixels', 'gaussian'), (32 * places, None, 32 * sigmas))
    return laplace + gaussian + adapted(CoordinateOutput(), (places, scores, None), spread=0.02)


def of_windows() -> list[float]:
    canvas, padded = waves(1, 3, 32, 32), PaddedWindow((16, 16), dict(default=1.2), STUDENT_WINDOW)
    windows = (STUDENT_WINDOW, Window(STUDENT, (12, 16)), Window((32, 32), (48, 48), udp=True), padded)
    found = [CANVAS.extract(canvas, window, PERSONS) for window in windows]
    axes = [window.place(CANVAS, PERSONS).of(STUDENT_WINDOW.place(CANVAS)) for window in windows]
    return gist(*found) + gist(*(torch.as_tensor(number).float() for pair in axes for axis in pair for number in axis))


class Pointer:
    """A network that points at two keypoints, where its images are not black."""

    output, pixels = SimCCOutput(2.0, (1.9, 1.9)), PixelFormat('BGR', (10.0, 20.0, 30.0), (50.0, 60.0, 70.0))

    def __call__(self, images: Tensor) -> tuple[tuple[Tensor, Tensor], None]:
        rows = bump([(45.0, 0), (20.0, 0), (30.3, 0)], (64, 1), 1.9)[:, :, 0]
        return (rows, 0.5 * rows.flip(-1) + 0.02 * images[:, :, :2].flatten(2)), None


def of_teachers() -> list[float]:
    """Another normalisation, black around the person, keypoints that are picked and derived, and a calibration."""
    coco, union = load_skeleton('coco'), load_skeleton('coco+mpii')
    ends, derived = ('left_hip', 'right_hip'), dict(pelvis=('left_hip', 'right_hip'))
    known = with_midpoints(coco.select(ends), derived)
    trust = Calibration([0.1, 0.5, 0.9], [0.2, 0.4, 0.95], dict(checkpoint_sha256='0' * 64))
    mapped = KeypointMap(known, union)
    teacher = Teacher('coco', Pointer(), coco, WINDOW, mapped, trust, picked=(2, 0), ends=[(0, 1)], blackout=1.1)
    pixels = PixelFormat('RGB', (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
    teacher.connect(CANVAS, STUDENT_WINDOW, BINS, pixels)
    return gist_of_target(teacher(waves(1, 3, 32, 32), PERSONS).select_keypoints(mapped.dst_indices))


def of_preprocessor() -> list[float]:
    """What is drawn, and both ways of carrying it out."""
    np.random.seed(0)
    drawn = [DrawPhotometric().transform(dict(img=np.zeros((32, 32, 3), np.uint8)))['photometric'] for _ in range(4)]
    plans = torch.tensor([[4, 20, -25, 5, 6, 15, 17], [-3, -10, 20, 0, 0, 0, 0]]).float()
    images = (127.5 + 127.5 * waves(2, 3, 32, 32)).byte()
    preprocessor = PhotometricPreprocessor((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), bgr_to_rgb=True)
    ways = (preprocessor.one_by_one(images, plans), preprocessor.together(images, plans))
    return gist(*map(torch.from_numpy, drawn)) + [number for way in ways for number in gist(way)]


def of_store() -> list[float]:
    """What becomes of a target that is written down and read."""
    rows = (9.0 * bump([(12.3, 0), (40.0, 0)], (64, 1), 3.0)[:, :, 0] + waves(1, 2, 64)).softmax(-1)
    packed = compress(SimCCTarget(rows, rows.flip(-1), torch.tensor([[0.9, 0.3]])), leaves=8)
    return gist_of_target(decompress(packed, (64, 64)), packed)


# what has the version, what computes the numbers, the version, the numbers
KNOWN: dict[str, tuple[type, Callable[[], list[float]], int, list[float]]] = {
    'SimCCAdapter': (SimCCAdapter, of_simcc, 1, [6.7888, -1.2594, -1.4874]),
    'HeatmapAdapter': (
        HeatmapAdapter,
        of_heatmaps,
        1,
        [7.2487, -1.1394, -0.1223, 7.2125, -0.9346, -0.4907, 7.2003, -0.8247, 0.3086],
    ),
    'ScoreMapAdapter': (ScoreMapAdapter, of_score_maps, 1, [7.7972, -2.2309, -0.5377]),
    'RegressionAdapter': (
        RegressionAdapter,
        of_coordinates,
        1,
        [7.137, -3.3276, -0.414, 7.1269, -3.4578, -0.4094, 6.2901, -2.4506, -0.898],
    ),
    'Placement': (Placement, of_windows, 1, [-5.342, 1.7684, -1.707, 13.492, 8.5814, 3.6595]),
    'Teacher': (Teacher, of_teachers, 1, [7.9246, -1.8612, -1.45]),
    'PhotometricPreprocessor': (
        PhotometricPreprocessor,
        of_preprocessor,
        1,
        [257.0, 39.0926, -20.1527, 222.1606, -2.9289, 1.8993, 236.4072, -3.0774, 1.853],
    ),
    'TargetStore': (TargetStore, of_store, 1, [3718.2, -558.6472, -348.755]),
}


@pytest.mark.parametrize('name', KNOWN)
def test_numbers_change_with_their_version_alone(name: str) -> None:
    kind, compute, version, known = KNOWN[name]
    attribute = 'format' if kind is TargetStore else 'targets_version'
    found = [round(number, 4) for number in compute()]
    assert found == pytest.approx(known, rel=1e-4, abs=1e-3), (
        f'{name} computes other numbers than version {version} did, and what is stored of that version would be taken '
        f'for the same. If it is meant to, raise {name}.{attribute} to {version + 1}, and write here '
        f'{version + 1}, {found}'
    )
    assert getattr(kind, attribute) == version, f'{name} is of another version, and its numbers are the same'


def test_every_adapter_is_looked_at() -> None:
    kinds = [kind for kind in MODELS.module_dict.values() if isinstance(kind, type) and issubclass(kind, Adapter)]
    assert {kind.__name__ for kind in kinds if kind.__module__.startswith('unipose.')} <= set(KNOWN)
