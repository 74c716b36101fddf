"""Prepared crops: what augmentation sees of them is what it sees of whole images."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from tests.builders import CANVAS, STUDENT, model_config, sources, train_config, train_pipeline
from unipose.commands.crops import prepare_crops
from unipose.commands.train.stages import crops_fingerprint
from unipose.datasets.crop_store import Crop, CropStore
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.files import DamagedImageError

MOVES = [
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomHalfBody', prob=0.5),
    dict(type='RandomBBoxTransform', scale_factor=[0.6, 1.4], rotate_factor=80, shift_prob=1.0),
    dict(type='CanvasAffine', input_size=STUDENT, canvas_size=CANVAS),
]


def pipeline(load: dict, mark_flip: bool = False) -> list[dict]:
    flip = dict(type='MarkRandomFlip') if mark_flip else MOVES[0]
    return [
        load,
        dict(type='GetSourceBBoxCenterScale'),
        dict(type='Seeded', transforms=[flip, *MOVES[1:]]),
        dict(type='PackUnifiedInputs'),
    ]


def config_of(root: Path, folder: Path) -> Config:
    config = train_config(root, folder, model_config('coco+mpii', 21))
    config.train_dataloader.dataset.pipeline = pipeline(dict(type='LoadCheckedImage'))
    return config


def views(root: Path, load: dict, mark_flip: bool = False, num: int = 3) -> list[tuple[np.ndarray, np.ndarray]]:
    """Canvases and labels of some views of every sample."""
    dataset = UnifiedKeypointDataset(sources(root), pipeline(load, mark_flip), 'coco+mpii')
    samples = [dataset[index, view] for index in range(len(dataset)) for view in range(num)]
    return [
        (sample['inputs'].numpy().astype(int), sample['data_samples'].gt_instance_labels.keypoint_labels.numpy())
        for sample in samples
    ]


@pytest.fixture(scope='module')
def of_whole_images(synthetic: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """What augmentation makes of whole images."""
    return views(synthetic, dict(type='LoadCheckedImage'))


@pytest.fixture(scope='module', params=[('raw', 512), ('jpeg', 512), ('raw', 128)], ids='{0[0]}-{0[1]}'.format)
def crops(
    request: pytest.FixtureRequest, synthetic: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, int]:
    """Prepared crops, and how they are stored."""
    folder = tmp_path_factory.mktemp('crops')
    prepare_crops(config_of(synthetic, folder), folder / 'crops', *request.param, shard_size=5, num_workers=0)
    return folder / 'crops', *request.param


@pytest.mark.parametrize('mark_flip', [False, True])
def test_a_crop_looks_like_the_image(synthetic: Path, crops: tuple, of_whole_images: list, mark_flip: bool) -> None:
    store, encoding, max_height = crops
    found = views(synthetic, dict(type='LoadPreparedCrop', store=str(store)), mark_flip)
    differences = [np.abs(ours - theirs).mean() for (ours, _), (theirs, _) in zip(found, of_whole_images, strict=True)]
    assert np.mean(differences) < (0.5 if encoding == 'raw' and max_height == 512 else 2)  # grey levels
    for (_, ours), (_, theirs) in zip(found, of_whole_images):
        assert np.abs(ours - theirs).max() < 0.05  # pixels


def test_it_is_smaller_than_the_image(synthetic: Path, tmp_path: Path) -> None:
    store = prepare_crops(config_of(synthetic, tmp_path), tmp_path / 'crops', num_workers=0)
    dataset = UnifiedKeypointDataset(sources(synthetic), [], 'coco+mpii')
    areas = [
        store.read(index).image.size / np.prod(dataset.get_data_info(index)['annotated_shape']) / 3
        for index in range(len(dataset))
        if 'annotated_shape' in dataset.get_data_info(index)
    ]
    assert all(area <= 1 for area in areas)


@pytest.mark.parametrize('workers', [0, 2])
def test_what_is_there_is_not_written_again(synthetic: Path, tmp_path: Path, workers: int) -> None:
    config, out = config_of(synthetic, tmp_path), tmp_path / 'crops'
    store = prepare_crops(config, out, shard_size=4, num_workers=workers)
    before = {path: path.stat().st_mtime_ns for path in store.files()}
    damaged, lost = store.shards.numbers()[1], store.crops.numbers()[2]
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    lost.unlink()
    with pytest.raises(ValueError, match='1 of .* files are missing'):
        store.check_fits(crops_fingerprint(config, UnifiedKeypointDataset(sources(synthetic), [], 'coco+mpii')))
    prepare_crops(config, out, shard_size=4, num_workers=workers)
    after = {path: path.stat().st_mtime_ns for path in CropStore(out).files()}
    assert after.keys() == before.keys()
    changed = {path.name.rsplit('-', 1)[0] for path, time in after.items() if time != before[path]}
    assert changed == {'table-00001', 'crops-00001', 'table-00002', 'crops-00002'}


def test_a_damaged_image_is_passed_over_as_without_crops(synthetic: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(synthetic, tmp_path / 'data'))
    dataset = UnifiedKeypointDataset(sources(root), pipeline(dict(type='LoadCheckedImage')), 'coco+mpii')
    damaged = Path(dataset.get_data_info(0)['img_path'])
    damaged.write_bytes(damaged.read_bytes()[:500])
    store = prepare_crops(config_of(root, tmp_path), tmp_path / 'crops', num_workers=0)
    with pytest.raises(DamagedImageError, match=damaged.name):
        store.read(0)
    expected, found = (
        dataset.through(pipeline(load), (0, 0))
        for load in (dict(type='LoadCheckedImage'), dict(type='LoadPreparedCrop', store=str(store.folder)))
    )
    assert damaged.name in found['data_samples'].skipped[0]
    assert found['data_samples'].img_path == expected['data_samples'].img_path
    assert (found['inputs'].int() - expected['inputs'].int()).abs().float().mean() < 0.5


def test_other_augmentation_needs_other_crops(synthetic: Path, tmp_path: Path) -> None:
    config = config_of(synthetic, tmp_path)
    store = prepare_crops(config, tmp_path / 'crops', num_workers=0)
    dataset = UnifiedKeypointDataset(sources(synthetic), [], 'coco+mpii')
    store.check_fits(crops_fingerprint(config, dataset))
    licensed = sources(synthetic)
    licensed['mpii']['license'] = 'research-only'  # changes no pixel
    store.check_fits(crops_fingerprint(config, UnifiedKeypointDataset(licensed, [], 'coco+mpii')))
    config.train_dataloader.dataset.pipeline[2].transforms[2].scale_factor = [0.6, 1.6]
    with pytest.raises(ValueError, match=r'reach.scale: stored 1.4, this config 1.6'):
        store.check_fits(crops_fingerprint(config, dataset))
    with pytest.raises(ValueError, match='holds other crops'):
        prepare_crops(config, tmp_path / 'crops', num_workers=0)


@pytest.mark.parametrize('wrong', [dict(encoding='png'), dict(max_height=0), dict(shard_size=0)])
def test_wrong_arguments_are_refused(synthetic: Path, tmp_path: Path, wrong: dict) -> None:
    with pytest.raises(ValueError, match='encoding must be one of'):
        prepare_crops(config_of(synthetic, tmp_path), tmp_path / 'crops', **wrong)


def test_a_pipeline_without_canvas_is_refused(synthetic: Path, tmp_path: Path) -> None:
    config = config_of(synthetic, tmp_path)
    config.train_dataloader.dataset.pipeline = train_pipeline()[:2]
    with pytest.raises(ValueError, match='CanvasAffine'):
        prepare_crops(config, tmp_path / 'crops')


def test_points_move_with_the_pixels() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[40:44, 60:64] = 255
    crop = Crop.cut(image, (20, 10, 100, 90), 0.5)
    place = crop.place(np.array([[61.5, 41.5]]))[0]
    rows, columns = np.nonzero(crop.image[..., 0] > 128)
    np.testing.assert_allclose(place, [columns.mean(), rows.mean()])
