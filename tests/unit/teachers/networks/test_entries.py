"""The ready entries of configs/teachers/entries.py: each fits the manifest, and a file of its shapes teaches."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from tests.conftest import REPOSITORY
from tests.onnx_files import write_onnx_file
from unipose.checkpoints.manifest import load_manifest
from unipose.simcc import Canvas, PaddedWindow, Persons, SimCCBins, Window
from unipose.skeletons import load_skeleton
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

ENTRIES = {
    name: entry.to_dict()
    for name, entry in Config.fromfile(REPOSITORY / 'configs/teachers/entries.py').items()
    if isinstance(entry, dict)
}
STUDENT = Window((192, 256), (192, 256))


def listed(entry: dict):
    """What the manifest says of an entry's file or model."""
    name = entry.get('transformers') or Path(entry['onnx']).name
    return next(item for item in load_manifest().values() if name in (item.file, item.hub))


def test_there_is_one_of_each_that_is_promised() -> None:
    assert len(ENTRIES) == 15
    assert sum('transformers' in entry for entry in ENTRIES.values()) == 4


@pytest.mark.parametrize('name', ENTRIES)
def test_it_is_listed_with_its_keypoints(name: str) -> None:
    entry = ENTRIES[name]
    item = listed(entry)
    assert load_skeleton(item.skeleton).names == load_skeleton(entry['skeleton']).names
    if 'onnx' in entry:
        assert entry['onnx'] == f'teachers/{item.file}'


def shapes_of(entry: dict, keypoints: int, size: tuple[int, int]) -> dict[str, tuple[int, ...]]:
    kind = entry.get('output', 'simcc')
    kind = kind if isinstance(kind, str) else kind['type']
    width, height = size
    maps = (keypoints, height // 4, width // 4)
    return dict(
        simcc=dict(simcc_x=(keypoints, 2 * width), simcc_y=(keypoints, 2 * height)),
        heatmaps=dict(heatmaps=(keypoints, height // 8, width // 8)),
        score_maps=dict(heatmaps=maps, offsets=(2 * keypoints, *maps[1:])),
    )[kind]


@pytest.mark.parametrize('name', [name for name, entry in ENTRIES.items() if 'onnx' in entry])
def test_a_file_of_its_shapes_teaches(name: str, tmp_path: Path) -> None:
    entry, item = ENTRIES[name], listed(ENTRIES[name])
    skeleton = load_skeleton(entry['skeleton'])
    file = write_onnx_file(tmp_path / 'teacher.onnx', shapes_of(entry, len(skeleton), item.input_size), item.input_size)
    entry = dict(entry, onnx=str(file), calibration=None)
    teacher = Teacher.from_entry('t', entry, STUDENT, skeleton)
    canvas = Canvas((342, 342))
    teacher.connect(canvas, STUDENT, SimCCBins((192, 256), (4.9, 5.66)), PixelFormat())
    box = torch.tensor([[[96.0, 128.0], [80.0, 0.0], [0.0, 110.0]]])
    persons = Persons(('coco',), box, torch.tensor([[150.0, 204.0]]))
    target = teacher(torch.rand(1, 3, 342, 342) * 255, persons if isinstance(teacher.window, PaddedWindow) else None)
    assert target.weight.shape == (1, len(skeleton)) and target.x.isfinite().all()
    assert json.dumps(teacher.facts, default=list)  # plain values, for the store's fingerprint
