"""What cannot be stored, or should not have been, and pictures that come and go: nobody learns from it."""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.registry import DATASETS

from tests.builders import CANVAS, model_config, spoil_teacher, train_config, write_teachers
from unipose.caching import TargetStore, canvas_checksum
from unipose.commands import cache as caching
from unipose.commands.cache import cache_teachers
from unipose.commands.crops import prepare_crops
from unipose.commands.train.preparation import prepare_training
from unipose.commands.train.runner import TrainingRunner
from unipose.commands.train.stages import use_prepared_crops, use_stored_targets
from unipose.distillers import MultiTeacherDistiller
from unipose.simcc.compact import compact_weights

VIEWS = 2
NAN = np.array([np.nan], np.float16).view(np.uint8)
KINDS = pytest.mark.parametrize('views', [VIEWS, None], ids=['views', 'once'])
Asked = Callable[[int | None], Path]


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp('student')
    model = model_config('coco+mpii', 21, canvas_size=CANVAS, teachers=write_teachers(folder / 'teachers'))
    config = train_config(synthetic, folder / 'work', model)
    config.train_dataloader.dataset.seed = 0
    return config


@pytest.fixture(scope='module')
def stored(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Folders of whole stores, made once, by number of views."""
    folders: dict[int | None, Path] = {}

    def folder(views: int | None) -> Path:
        if views not in folders:
            folders[views] = tmp_path_factory.mktemp('targets')
            cache_teachers(config, folders[views], views, shard_size=16)
        return folders[views]

    return folder


@pytest.fixture
def copied(config: Config, synthetic: Path, tmp_path: Path) -> Config:
    """The config with pictures of its own, which a test may take away."""
    root = Path(shutil.copytree(synthetic / 'coco', tmp_path / 'coco'))
    config = copy.deepcopy(config)
    config.train_dataloader.dataset.sources.coco.dataset.data_root = str(root)
    return config


def store_of(folder: Path) -> TargetStore:
    return TargetStore(next(folder.iterdir()))


def weights(store: TargetStore, name: str) -> np.ndarray:
    """``[views, samples, K]``."""
    records = np.concatenate([store.shards.open(shard) for shard in range(store.num_shards)])
    return compact_weights(records[name]).reshape(store.num_views, store.num_samples, -1)


def training(config: Config, folder: Path, work_dir: Path) -> TrainingRunner:
    config = copy.deepcopy(config)
    use_stored_targets(config, folder)
    config.work_dir, config.experiment_name = str(work_dir), f'{work_dir}'
    prepare_training(config)
    return TrainingRunner.from_cfg(config)


def teach(runner: TrainingRunner, keys: list[tuple[int, int]]) -> tuple[dict[str, torch.Tensor], bool]:
    """Losses of samples, and whether their gradients are finite."""
    model: MultiTeacherDistiller = runner.model.train()
    batch = pseudo_collate([runner.train_dataloader.dataset[key] for key in keys])
    losses = model(**model.data_preprocessor(batch, True), mode='loss')
    model.parse_losses(losses)[0].backward()
    return losses, all(parameter.grad.isfinite().all() for parameter in model.parameters())


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the writer of targets says."""
    said: list[str] = []
    monkeypatch.setattr(caching, 'print_log', lambda message, logger, level: said.append(message))
    return said


@KINDS
def test_a_row_that_is_no_number_is_stored_without_weight_and_named(
    config: Config, stored: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str], views: int | None
) -> None:
    asked = iter(range(1000))
    spoil_teacher(
        monkeypatch, 'mpii', lambda target, confidence: next(asked) == 1 and target.x[3, 6].fill_(float('nan'))
    )
    cache_teachers(config, tmp_path, views, shard_size=16)
    store, whole = store_of(tmp_path), store_of(stored(views))
    changed = weights(store, 'mpii') != weights(whole, 'mpii')
    [(view, index, _)] = np.argwhere(changed)
    assert (view, index) == (0, 8 + 3) and weights(store, 'mpii')[changed] == 0  # the second batch's fourth
    assert np.array_equal(weights(store, 'coco'), weights(whole, 'coco'))
    picture = DATASETS.build(config.train_dataloader.dataset).get_data_info(11)['img_path']
    wanted = f"sample 11, view 0: {picture}: 1 of 16 keypoints of teacher 'mpii' are no finite numbers"
    assert store.gaps() == [wanted] and len(told) == 1 and wanted in told[0] and not whole.gaps()


def test_a_teacher_that_says_no_number_at_all_is_named_at_once(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_teacher(monkeypatch, 'mpii', lambda target, confidence: confidence.fill_(float('nan')))
    with pytest.raises(ValueError, match=r"teacher 'mpii' says nothing .* of any of 8 samples.*\.jpg; look at its wei"):
        cache_teachers(config, tmp_path, VIEWS, shard_size=16)


@KINDS
def test_a_picture_that_could_not_be_read_when_teachers_were_asked_has_no_target_of_another(
    copied: Config, stored: Asked, tmp_path: Path, told: list[str], views: int | None
) -> None:
    dataset = DATASETS.build(copied.train_dataloader.dataset)
    people = [index for index in range(len(dataset)) if dataset.get_data_info(index)['img_path'] == _picture(dataset)]
    away = Path(_picture(dataset)).rename(tmp_path / 'away.jpg')
    cache_teachers(copied, tmp_path / 'targets', views, shard_size=16)
    away.rename(_picture(dataset))
    store, whole = store_of(tmp_path / 'targets'), store_of(stored(views))
    for name in ('coco', 'mpii'):
        found, expected = weights(store, name), weights(whole, name).copy()
        assert expected[:, people].any()
        expected[:, people] = 0
        assert np.array_equal(found, expected)
    assert len(store.gaps()) == len(people) * (views or 1) and Path(_picture(dataset)).name in told[0]
    losses, finite = teach(training(copied, tmp_path / 'targets', tmp_path / 'work'), [(people[0], 0)])
    assert finite and losses['loss_gt'] > 0 and losses['loss_kd_coco'] == losses['loss_kd_mpii'] == 0


@KINDS
@pytest.mark.parametrize('crops', [False, True], ids=['pictures', 'crops'])
def test_a_substitute_brings_its_own_target(
    copied: Config, stored: Asked, tmp_path: Path, views: int | None, crops: bool
) -> None:
    """A picture that is taken away while views are replayed: pixels and target are of the same person."""
    whole = DATASETS.build(copied.train_dataloader.dataset)
    if crops:
        picture = Path(_picture(whole)).rename(tmp_path / 'away.jpg')
        use_prepared_crops(copied, prepare_crops(copied, tmp_path / 'crops', num_workers=0).folder)
        picture.rename(_picture(whole))
    use_stored_targets(copied, stored(views))
    replayed, store = DATASETS.build(copied.train_dataloader.dataset), store_of(stored(views))
    before = replayed[0, 3]['data_samples']
    assert crops or (before.index == 0 and not before.skipped)
    Path(_picture(whole)).unlink()

    sample = replayed[0, 3]
    packed, labels = sample['data_samples'], sample['data_samples'].gt_instance_labels
    assert packed.skipped and packed.img_path != _picture(whole) and packed.index > 0
    record = store.read(packed.index, 3 % store.num_views)
    for name in ('coco', 'mpii'):
        assert np.array_equal(labels[f'target_{name}'][0].numpy(), record[name])
    itself = replayed[packed.index, 3]
    assert torch.equal(sample['inputs'], itself['inputs'])
    assert torch.equal(labels.keypoint_labels, itself['data_samples'].gt_instance_labels.keypoint_labels)
    if views and not crops:
        assert canvas_checksum(sample['inputs']) == record['checksum']
    if views is None:
        assert np.array_equal(labels.seen_box[0].numpy(), record['box'])


def test_a_picture_that_cannot_be_read_at_the_start_is_not_taken_for_an_exchanged_one(
    copied: Config, stored: Asked, tmp_path: Path
) -> None:
    Path(_picture(DATASETS.build(copied.train_dataloader.dataset))).unlink()
    training(copied, stored(VIEWS), tmp_path / 'work').dump_config()  # checks of the first samples of each source


@KINDS
def test_a_store_that_holds_what_is_no_number_spoils_nothing(
    config: Config, stored: Asked, tmp_path: Path, views: int | None
) -> None:
    folder = Path(shutil.copytree(stored(views), tmp_path / 'targets'))
    store = store_of(folder)
    records = np.array(store.shards.open(0))
    records['coco'][2, 5, -2:] = records['mpii'][7, 1, -2:] = NAN
    planted = 2
    if store.moves:
        records['box'][4, 0] = np.nan
        planted += sum(np.count_nonzero(compact_weights(records[name][4])) for name in ('coco', 'mpii'))
    store.shards.write(0, records)  # as an earlier version wrote it
    losses, finite = teach(training(config, folder, tmp_path / 'work'), [(index, 0) for index in range(8)])
    assert finite and losses['rows_left_out'] == planted
    assert losses['loss_kd_coco'] > 0 and losses['loss_kd_mpii'] > 0


def _picture(dataset) -> str:
    return dataset.get_data_info(0)['img_path']
