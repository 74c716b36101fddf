"""What workers hand to the main process, job by job: each tensor is an open file there."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
from mmengine.config import Config
from torch.multiprocessing import reductions

from tests.builders import CANVAS, model_config, train_config, write_teachers
from tests.evaluation_inputs import data_config
from unipose.commands.cache import cache_teachers
from unipose.commands.calibrate import observe_teacher
from unipose.commands.label import LabellingTeachers
from unipose.commands.train.preparation import prepare_training
from unipose.commands.train.runner import TrainingRunner
from unipose.evaluation.evaluate import build_test_loader

LOADER = dict(num_workers=1, batch_size=16)


def train(config: Config, synthetic: Path, folder: Path) -> int:
    prepare_training(config)
    runner = TrainingRunner.from_cfg(config)
    runner.train()
    return len(runner.train_dataloader.dataset)


def cache(config: Config, synthetic: Path, folder: Path) -> int:
    return len(cache_teachers(config, folder / 'targets', 1)['stage1'])


def calibrate(config: Config, synthetic: Path, folder: Path) -> int:
    config.val_dataloader = data_config(synthetic)['test_dataloader']
    config.val_dataloader.update(LOADER)
    observe_teacher(config, 'coco', 'coco')
    return 8  # at least as many as images


def score(config: Config, synthetic: Path, folder: Path) -> int:
    config.merge_from_dict(data_config(synthetic))
    config.test_dataloader.update(LOADER)
    loader = build_test_loader(config)
    return sum(len(batch['data_samples']) for batch in loader)


def label(config: Config, synthetic: Path, folder: Path) -> int:
    people = synthetic / 'coco/annotations/person_keypoints_train2017.json'
    labels, _ = LabellingTeachers(config, kpt_thr=0)(people, synthetic / 'coco/train2017')
    return len(labels['annotations'])


@pytest.mark.parametrize('job', [train, cache, calibrate, score, label])
def test_fewer_tensors_than_samples_are_handed_over(
    job: Callable[[Config, Path, Path], int], synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_config('coco+mpii', 21, canvas_size=CANVAS, teachers=write_teachers(tmp_path / 'teachers'))
    config = train_config(synthetic, tmp_path / 'work', model)
    config.train_dataloader.update(LOADER)
    config.experiment_name = f'open_files_{job.__name__}'
    handed, rebuild = [], reductions.rebuild_storage_fd
    counted = functools.wraps(rebuild)(lambda *given: handed.append(1) or rebuild(*given))  # of a name to be pickled by
    monkeypatch.setattr(reductions, 'rebuild_storage_fd', counted)
    samples = job(config, synthetic, tmp_path)
    assert 0 < len(handed) < samples, f'{len(handed)} tensors of {samples} samples'
