"""Targets and crops that a run stores itself: the bytes of `unipose cache`, and the same student whatever broke off."""

import copy
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from tests import processes
from tests.builders import CANVAS, VALIDATION, model_config, sources, train_config, train_pipeline, write_teachers
from unipose.caching import TargetStore
from unipose.caching.growing_shards import GrowingShards
from unipose.commands.cache import cache_teachers
from unipose.commands.crops import prepare_crops
from unipose.commands.train.run import train
from unipose.datasets.crop_store import CropStore
from unipose.teachers.teacher import Teacher

VIEWS = 2


def student_config(synthetic: Path, folder: Path, epochs: int = 7) -> Config:
    """Two stages of augmentation, four and three epochs."""
    model = model_config('coco+mpii', 21, canvas_size=CANVAS, teachers=write_teachers(folder / 'teachers'))
    config = train_config(synthetic, folder / 'work', model)
    config.train_cfg.max_epochs = epochs
    config.train_dataloader.dataset.seed = 0
    switch = dict(type='mmdet.PipelineSwitchHook', switch_epoch=4, switch_pipeline=train_pipeline(cutout=False))
    config.custom_hooks = [switch]
    config.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1)
    config.custom_imports = dict(imports=['unipose.registration'])
    config.targets, config.log_level = dict(views=VIEWS), 'INFO'
    return config


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    return student_config(synthetic, tmp_path_factory.mktemp('student'))


def run(config: Config, work_dir: Path, **options) -> Path:
    config = copy.deepcopy(config)
    config.experiment_name = str(work_dir)
    train(config, work_dir=work_dir, **options)
    return work_dir


@pytest.fixture(scope='module')
def unbroken(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(config, tmp_path_factory.mktemp('unbroken'))


def records(folder: Path) -> dict[str, np.ndarray]:
    stores = {stage.name: TargetStore(stage) for stage in sorted(folder.iterdir())}
    assert not any(store.missing() for store in stores.values())
    return {
        name: np.concatenate([store.shards.open(number) for number in range(store.num_shards)])
        for name, store in stores.items()
    }


def weights(work_dir: Path) -> dict[str, torch.Tensor]:
    return torch.load(work_dir / 'epoch_7.pth', weights_only=True)['state_dict']


def test_a_run_stores_what_the_command_stores(config: Config, unbroken: Path, tmp_path: Path) -> None:
    cache_teachers(config, tmp_path, VIEWS)
    found, expected = records(unbroken / 'targets'), records(tmp_path)
    assert list(found) == list(expected) == ['stage1', 'stage2']
    for stage, of_stage in expected.items():
        assert found[stage].tobytes() == of_stage.tobytes()
    names = [sorted(path.name for path in folder.glob('stage*/*')) for folder in (unbroken / 'targets', tmp_path)]
    assert names[0] == names[1]


def test_what_it_stores_teaches_as_what_the_command_stores(config: Config, unbroken: Path, tmp_path: Path) -> None:
    cache_teachers(config, tmp_path / 'targets', VIEWS)
    replayed = run(config, tmp_path / 'work', targets=tmp_path / 'targets')
    for name, value in weights(replayed).items():
        assert torch.equal(value, weights(unbroken)[name]), name


def test_teachers_are_asked_once_and_leave(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    asked, left = [], []
    observe, release = Teacher.observe, Teacher.release
    monkeypatch.setattr(Teacher, 'observe', lambda self, *rest: asked.append(self.name) or observe(self, *rest))
    monkeypatch.setattr(Teacher, 'release', lambda self: left.append(self.name) or release(self))
    run(config, tmp_path)
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert log.count('views of stage1 are stored') == log.count('views of stage2 are stored') == VIEWS
    assert 'epoch 2: 2 of 2 views of stage1' in log and 'epoch 6: 2 of 2 views of stage2' in log
    assert left == ['coco', 'mpii']
    count = len(asked)
    run(config, tmp_path, resume=tmp_path / 'epoch_3.pth')
    assert len(asked) == count and len(left) == 4  # all was there


@pytest.mark.parametrize('checkpoint', ['epoch_1.pth', 'epoch_2.pth', 'epoch_3.pth', 'epoch_5.pth'])
def test_a_killed_run_ends_where_an_unbroken_one_does(
    config: Config, unbroken: Path, tmp_path: Path, checkpoint: str
) -> None:
    broken = copy.deepcopy(config)
    broken.work_dir = str(tmp_path / 'work')
    broken.dump(tmp_path / 'broken.py')
    command, log = ['tools/train.py', tmp_path / 'broken.py', '--resume'], tmp_path / 'log'
    process = processes.start(*command, log=log)
    processes.wait_for((tmp_path / 'work' / checkpoint).exists, process, log)
    process.kill()
    process.join()
    assert not (tmp_path / 'work/epoch_7.pth').exists()
    processes.finish(processes.start(*command, log=log), log)
    for name, value in weights(tmp_path / 'work').items():
        assert torch.equal(value, weights(unbroken)[name]), name
    found, expected = records(tmp_path / 'work/targets'), records(unbroken / 'targets')
    assert all(found[stage].tobytes() == of_stage.tobytes() for stage, of_stage in expected.items())


def test_a_damaged_picture_is_stored_as_the_command_stores_it(config: Config, synthetic: Path, tmp_path: Path) -> None:
    config = copy.deepcopy(config)
    root = Path(shutil.copytree(synthetic / 'coco', tmp_path / 'coco'))
    config.train_dataloader.dataset.sources.coco.dataset.data_root = str(root)
    first = sorted((root / 'train2017').iterdir())[0]
    first.write_bytes(first.read_bytes()[:100])
    cache_teachers(config, tmp_path / 'targets', VIEWS)
    auto = run(config, tmp_path / 'auto')
    gaps = [
        {path.relative_to(folder): path.read_text() for path in folder.glob('*/gaps-*.txt')}
        for folder in (auto / 'targets', tmp_path / 'targets')
    ]
    assert gaps[0] == gaps[1] and gaps[0]
    found, expected = records(auto / 'targets'), records(tmp_path / 'targets')
    assert all(found[stage].tobytes() == of_stage.tobytes() for stage, of_stage in expected.items())
    replayed = run(config, tmp_path / 'replayed', targets=tmp_path / 'targets')
    assert all(torch.equal(value, weights(auto)[name]) for name, value in weights(replayed).items())


def test_sources_of_other_ratios_are_whole_when_each_has_been_through_its_views(config: Config, tmp_path: Path) -> None:
    changed = copy.deepcopy(config)
    changed.custom_hooks, changed.train_cfg.max_epochs = [], 7
    changed.train_dataloader.dataset.sources.mpii.ratio = 0.5
    folder = run(changed, tmp_path / 'auto')
    cache_teachers(changed, tmp_path / 'targets', VIEWS)
    assert records(folder / 'targets')['stage1'].tobytes() == records(tmp_path / 'targets')['stage1'].tobytes()
    log = next(folder.glob('*/*.log')).read_text()
    assert 'epoch 4: 2 of 2 views' in log and 'epoch 3: 2 of 2 views' not in log


def test_a_source_that_is_drawn_oftener_is_replayed_as_soon_as_all_is_stored(config: Config, tmp_path: Path) -> None:
    changed = copy.deepcopy(config)
    changed.custom_hooks = []
    changed.train_dataloader.dataset.sources.mpii.ratio = 2
    folder = run(changed, tmp_path / 'auto')
    cache_teachers(changed, tmp_path / 'targets', VIEWS)
    replayed = run(changed, tmp_path / 'replayed', targets=tmp_path / 'targets')
    assert all(torch.equal(value, weights(folder)[name]) for name, value in weights(replayed).items())


def test_what_is_never_whole_waits_once(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed, waiting = copy.deepcopy(config), []
    changed.custom_hooks, changed.train_cfg.max_epochs = [], 5
    changed.train_dataloader.dataset.sources.mpii.ratio = 0.001  # nobody in five epochs
    write = GrowingShards.write_whole
    monkeypatch.setattr(GrowingShards, 'write_whole', lambda self: (write(self), waiting.append(len(self._waiting(0)))))
    folder = run(changed, tmp_path)
    assert waiting[0] < waiting[1] == waiting[-1]
    assert not list(folder.glob('targets/*/.waiting-*'))


@pytest.mark.parametrize('switch', [0, 1, 20])
def test_teachers_leave_whatever_stages_have_no_epochs_left(config: Config, tmp_path: Path, switch: int) -> None:
    changed = copy.deepcopy(config)
    changed.custom_hooks[0].switch_epoch, changed.train_cfg.max_epochs = switch, 4
    log = next(run(changed, tmp_path).glob('*/*.log')).read_text()
    assert log.count('the teachers have left') == 1
    assert log.count('views of stage1 are stored') == VIEWS * (switch > 4)


def test_an_empty_store_is_in_no_ones_way(config: Config, unbroken: Path, tmp_path: Path) -> None:
    for stage in ('stage1', 'stage2'):
        (tmp_path / 'targets' / stage).mkdir(parents=True)
        shutil.copy(unbroken / 'targets' / stage / 'manifest.json', tmp_path / 'targets' / stage)
    (tmp_path / 'targets/stage1/.waiting-1.bin').write_bytes(b'of two processes')
    changed = copy.deepcopy(config)
    changed.custom_hooks, changed.train_cfg.max_epochs, changed.targets.views = [], 2, 1
    run(changed, tmp_path)
    assert TargetStore(tmp_path / 'targets/stage1').num_views == 1
    assert not list(tmp_path.glob('targets/stage1/.waiting-*'))


def test_a_stage_that_repeats_nobody_asks_its_teachers(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, left = copy.deepcopy(config), []
    changed.targets.views = 3
    monkeypatch.setattr(Teacher, 'release', lambda self: left.append(self.name))
    folder = run(changed, tmp_path)
    assert list(records(folder / 'targets')) == ['stage1'] and not left


def test_pictures_show_teachers_that_have_left(config: Config, synthetic: Path, tmp_path: Path) -> None:
    changed = copy.deepcopy(config)
    changed.default_hooks.pictures = dict(type='TrainingPicturesHook', interval=5, num_samples=2)
    changed.visualizer = dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])
    changed.val_cfg, changed.train_cfg.val_interval = dict(), 7
    changed.val_evaluator = dict(
        type='UnifiedEvaluator', metrics=dict(mpii=dict(type='MpiiPCKhMetric', skeleton='mpii'))
    )
    people = dict(mpii=sources(synthetic, 'val')['mpii'])
    held_out = dict(changed.train_dataloader.dataset, sources=people, pipeline=VALIDATION, test_mode=True)
    sampler = dict(type='DefaultSampler', shuffle=False)
    changed.val_dataloader = dict(batch_size=8, sampler=sampler, dataset=held_out)
    folder = run(changed, tmp_path)
    pictures = [cv2.imread(str(next(folder.glob(f'*/vis_data/vis_image/validation_{step}.png')))) for step in (5, 35)]
    teachers = slice(500, 1070)  # columns between annotation and student
    assert np.array_equal(*(picture[:, teachers] for picture in pictures))
    assert not np.array_equal(*pictures)


def test_crops_are_stored_first(config: Config, tmp_path: Path) -> None:
    expected = prepare_crops(config, tmp_path / 'crops')
    changed = copy.deepcopy(config)
    changed.train_cfg.max_epochs = 5
    folder = run(changed, tmp_path / 'work', crops='auto')
    assert [file.name for file in CropStore(folder / 'crops').files()] == [file.name for file in expected.files()]
    written = {file: file.stat().st_mtime_ns for file in (folder / 'crops').glob('*.npy')}
    run(changed, folder, crops='auto', resume=folder / 'epoch_4.pth')
    assert {file: file.stat().st_mtime_ns for file in (folder / 'crops').glob('*.npy')} == written


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'targets.views': 0}, 'targets takes views, a whole number above 0'),
        ({'targets': 'auto'}, "targets takes views.*'auto'"),
        ({'targets.leaves': 4}, "targets takes views.*'leaves': 4"),
        ({'targets.views': 4}, 'nobody is drawn more than 4 times .* store fewer views'),
        ({'model.teachers': None}, 'no entry, so there are no targets to store'),
        ({'train_cfg.by_epoch': False}, 'train_cfg counts steps; store them with unipose cache'),
        ({'train_cfg': dict(type='IterBasedTrainLoop', max_iters=5)}, 'train_cfg counts steps'),
        ({'train_cfg': None}, r"lacks \['train_cfg'\], so it is no training config"),
        ({'train_cfg.max_epochs': 2}, 'nobody is drawn more than 2 times'),  # a switch that never comes
        ({'train_dataloader.dataset.sources.mpii.ratio': 0}, r"\['mpii'\] is drawn \(ratio=0\).*sources.mpii=None"),
        ({'crops': 'auto'}, "crops takes .*'auto'"),
        ({'crops': dict(quality=3)}, r"crops takes \('encoding', .*quality"),
    ],
)
def test_what_cannot_be_stored_is_told(config: Config, tmp_path: Path, changes: dict, message: str) -> None:
    changed = copy.deepcopy(config)
    for key in [key for key in changes if '.' not in key]:
        changed[key] = changes[key]
    changed.merge_from_dict({key: value for key, value in changes.items() if '.' in key})
    with pytest.raises(ValueError, match=message):
        run(changed, tmp_path)


def test_targets_of_another_config_are_not_added_to(config: Config, unbroken: Path, tmp_path: Path) -> None:
    shutil.copytree(unbroken / 'targets', tmp_path / 'targets')
    changed = copy.deepcopy(config)
    changed.model.teachers.coco.confidence = False
    with pytest.raises(ValueError, match=r'(?s)holds other teacher targets.*teachers.coco.confidence'):
        run(changed, tmp_path)


def test_a_full_disk_is_told_before_training(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, 'disk_usage', lambda folder: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(OSError, match='targets will take .* GB more in .*store fewer views'):
        run(config, tmp_path)
    assert not list(tmp_path.glob('*.pth'))


def test_two_processes_store_what_one_stores(config: Config, unbroken: Path, tmp_path: Path) -> None:
    shared = copy.deepcopy(config)
    shared.work_dir = str(tmp_path / 'work')
    shared.dump(tmp_path / 'shared.py')
    command = ['tools/train.py', tmp_path / 'shared.py', '--launcher', 'pytorch']
    processes.together(*command, log=tmp_path / 'log')
    found, expected = records(tmp_path / 'work/targets'), records(unbroken / 'targets')
    for stage, of_stage in expected.items():
        for key in ('index', 'view', 'checksum'):
            assert np.array_equal(found[stage][key], of_stage[key])
        for key in ('coco', 'mpii'):
            assert (found[stage][key] == of_stage[key]).mean() > 0.999
