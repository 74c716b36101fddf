"""Every config in configs/teachers builds, loads and teaches a student one step, whatever kind of model it is."""

import socket
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from tests.builders import CANVAS, STUDENT, model_config
from unipose.skeletons import load_skeleton
from unipose.teachers.teacher import Teacher

CONFIGS = sorted((Path(__file__).resolve().parents[2] / 'configs' / 'teachers').glob('*-*.py'))  # not entries.py
UNION = load_skeleton('coco+mpii+aic')


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be downloaded, not even what a backbone's config starts from."""

    def refuse(*_: object) -> None:
        raise AssertionError('something asked for the network')

    monkeypatch.setattr(socket.socket, 'connect', refuse)


def skeleton_of(path: Path) -> str:
    """``hrnet-w32_coco-256x192.py`` is a model of COCO's keypoints."""
    return path.stem.rpartition('_')[2].partition('-')[0]


def entry_of(path: Path, folder: Path) -> dict:
    """The config's entry with a checkpoint of random weights, large enough that outputs differ from place to place."""
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(path).model)
    for parameter in model.head.parameters():
        parameter.data.normal_(std=0.1)
    checkpoint = folder / f'{path.stem}.pth'
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    return dict(config=str(path), checkpoint=str(checkpoint), skeleton=skeleton_of(path))


def batch() -> dict:
    """Two canvases of noise with every keypoint of the union annotated."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, 3, *CANVAS[::-1]), generator=generator, dtype=torch.uint8)
    samples = []
    for _ in images:
        places = torch.rand(1, len(UNION), 2, generator=generator) * torch.tensor(STUDENT)
        sample = PoseDataSample(metainfo=dict(source='coco'))
        sample.gt_instance_labels = InstanceData(keypoint_labels=places, keypoint_weights=torch.ones(1, len(UNION)))
        samples.append(sample)
    return dict(inputs=list(images), data_samples=samples)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_it_builds_loads_and_teaches_a_step(path: Path, tmp_path: Path) -> None:
    entry = entry_of(path, tmp_path)
    student = MODELS.build(
        model_config('coco+mpii+aic', len(UNION), teachers=dict(teacher=dict(entry)), canvas_size=CANVAS)
    )
    teacher = student.teachers['teacher']
    assert isinstance(teacher, Teacher)
    assert teacher.window.size[1] == STUDENT[1]  # sees people as high as the student does
    before = {key: value.clone() for key, value in teacher.network.model.state_dict().items()}
    seen, observe = [], teacher.observe
    teacher.observe = lambda *given: seen.append(observe(*given)) or seen[-1]
    optimizer = OptimWrapper(torch.optim.AdamW(student.parameters(), lr=1e-3))
    logged = student.train_step(batch(), optimizer)
    assert logged['loss_kd_teacher'].isfinite() and logged['loss_kd_teacher'] > 0
    assert all(torch.equal(value, before[key]) for key, value in teacher.network.model.state_dict().items())

    ((target, features),) = seen
    known = {UNION.names[index] for index in (target.weight > 0).any(0).nonzero().flatten().tolist()}
    assert known and known <= set(load_skeleton(skeleton_of(path)).names)
    assert features.ndim == 4
    for rows in target.axes:
        assert torch.allclose(rows.sum(-1), torch.ones(2, len(UNION)), atol=1e-4)
