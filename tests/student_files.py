"""A small student on disk: its config and a checkpoint as MMEngine's runner writes it."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from mmengine.registry import DefaultScope
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import MODELS

from tests.builders import model_config
from unipose.distillers import plain_model_config, plain_state_dict
from unipose.skeletons import load_skeleton

TEACHERS = dict(coco=dict(config='not/there.py', checkpoint='not/there.pth', skeleton='coco'))


def write_student(folder: Path, skeleton: str = 'coco+mpii', seed: int = 0) -> tuple[Path, Path]:
    """Writes ``student.py``, which names teachers that are not there, and ``student.pth`` with random weights."""
    folder.mkdir(parents=True, exist_ok=True)
    names = load_skeleton(skeleton)
    model = model_config(skeleton, len(names))
    config = Config(
        dict(
            custom_imports=dict(imports=['unipose.registration']),
            default_scope='mmpose',
            model=dict(model, teachers=TEACHERS),
        )
    )
    config.dump(folder / 'student.py')
    torch.manual_seed(seed)
    with DefaultScope.overwrite_default_scope('mmpose'):
        network = MODELS.build(model)
    for key, value in network.state_dict().items():  # outputs far from zero, each of its own
        if key.startswith('head.') and value.is_floating_point():
            value.add_(torch.randn_like(value) * 0.1)
    save_checkpoint(folder / 'student.pth', network.state_dict(), skeleton)
    return folder / 'student.py', folder / 'student.pth'


def write_plain_student(folder: Path, student: tuple[Path, Path], skeleton: str = 'coco+mpii') -> tuple[Path, Path]:
    """Writes the exported form of a student: a plain TopdownPoseEstimator that needs no unipose."""
    folder.mkdir(parents=True, exist_ok=True)
    state = torch.load(student[1], weights_only=True)['state_dict']
    Config(dict(model=plain_model_config(Config.fromfile(student[0]).model))).dump(folder / 'plain.py')
    save_checkpoint(folder / 'plain.pth', plain_state_dict(state), skeleton)
    return folder / 'plain.py', folder / 'plain.pth'


def save_checkpoint(path: Path, state: dict[str, Any], skeleton: str | None) -> None:
    """Saves weights with what the runner puts beside them; without a skeleton there is no dataset_meta."""
    meta = dict(epoch=1, iter=10, cfg='', seed=0, experiment_name='student', mmengine_version='0.10.7')
    if skeleton:
        meta['dataset_meta'] = parse_pose_metainfo(load_skeleton(skeleton).to_metainfo())  # holds numpy arrays
    hub = dict(log_scalars=OrderedDict(loss=HistoryBuffer([1.0], [1])), runtime_info={}, resumed_keys={})
    torch.save(dict(meta=meta, state_dict=state, message_hub=hub), path)
