"""Every leaf config, found by glob, builds and trains one step on synthetic people, of boxes at its own size."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.runner import Runner
from mmpose.registry import DATASETS, MODELS

from tests.onnx_files import write_onnx_file
from unipose.checkpoints.manifest import load_manifest
from unipose.commands.train.preparation import prepare_training
from unipose.evaluation.evaluate import evaluate_ground_truth
from unipose.skeletons import KeypointMap, load_skeleton

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
LEAVES = sorted(path for folder in ('', 'demo', 'benchmark') for path in (CONFIGS / folder).glob('*.py'))


@pytest.fixture(scope='module')
def random_weights(tmp_path_factory: pytest.TempPathFactory):
    """Gives a teacher's entry random weights, which are written once per network."""
    folder, written = tmp_path_factory.mktemp('weights'), {}

    def give(entry: ConfigDict) -> None:
        key = 'onnx' if entry.get('onnx') else 'config'
        if entry[key] not in written:
            written[entry[key]] = (onnx_file if key == 'onnx' else checkpoint)(entry, folder)
        entry['onnx' if key == 'onnx' else 'checkpoint'] = str(written[entry[key]])

    return give


def checkpoint(entry: ConfigDict, folder: Path) -> Path:
    """A checkpoint of the entry's MMPose config."""
    config = Config.fromfile(CONFIGS.parent / entry.config).model
    config.backbone.init_cfg = None
    file = folder / f'{Path(entry.config).stem}.pth'
    torch.save(MODELS.build(config).state_dict(), file)
    return file


def onnx_file(entry: ConfigDict, folder: Path) -> Path:
    """A small file with the input that the manifest says, and the outputs that the entry does."""
    file, count = Path(entry.onnx).name, len(load_skeleton(entry.skeleton))
    (size,) = [listed.input_size for listed in load_manifest().values() if listed.file == file]
    kind, maps = entry.output if isinstance(entry.output, str) else entry.output.type, (size[1] // 4, size[0] // 4)
    outputs = dict(heatmaps=(count, *maps), **(dict(offsets=(2 * count, *maps)) if kind == 'score_maps' else {}))
    return write_onnx_file(folder / file, outputs, size)


AIC_IMAGES = dict(
    train='ai_challenger_keypoint_train_20170902/keypoint_train_images_20170902',
    val='ai_challenger_keypoint_validation_20170911/keypoint_validation_images_20170911',
)


@pytest.fixture(scope='module')
def synthetic_aic(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The COCO-style people in AI Challenger's layout; COCO has no neck or head_top, so those are not annotated."""
    root, coco = tmp_path_factory.mktemp('synthetic_aic'), synthetic / 'coco'
    to_aic = KeypointMap(load_skeleton('coco'), load_skeleton('aic'), partial=True)
    (root / 'annotations').mkdir()
    for split, images in AIC_IMAGES.items():
        (root / images).parent.mkdir()
        (root / images).symlink_to(coco / f'{split}2017', target_is_directory=True)
        content = json.loads((coco / f'annotations/person_keypoints_{split}2017.json').read_text())
        for annotation in content['annotations']:
            keypoints = to_aic.scatter(np.reshape(annotation['keypoints'], (-1, 3)), axis=0)
            annotation.update(keypoints=keypoints.ravel().tolist(), num_keypoints=int((keypoints[:, 2] > 0).sum()))
        content['categories'][0]['keypoints'] = list(load_skeleton('aic').names)
        (root / f'annotations/aic_{split}.json').write_text(json.dumps(content))
    return root


def on_synthetic_people(config: Config, root: Path, aic: Path, work_dir: Path) -> Config:
    """Points a config at the synthetic fixture, in small batches and without workers."""
    text = config.pretty_text
    text = re.sub(r"'data/((demo|demo_teachers|benchmark/\w+)/)?(coco|mpii)/", rf"'{root}/\3/", text)
    text = text.replace("'data/aic/", f"'{aic}/")
    config = Config.fromstring(text, '.py')
    if config.model.type == 'BottomupPoseEstimator':
        config = Config.fromstring(_in_small_pictures(text), '.py')
    for loader in ('train_dataloader', 'val_dataloader'):
        config[loader].update(batch_size=2, num_workers=0, persistent_workers=False)
    config.work_dir = str(work_dir)
    config.experiment_name = work_dir.name
    return config


def _in_small_pictures(text: str) -> str:
    """A network of full size takes half a minute for a step with whole pictures."""
    for name, size in dict(input_size=128, heatmap_size=32).items():
        text = re.sub(rf'{name}=\(\s*\d+,\s*\d+,?\s*\)', f'{name}=({size}, {size})', text)
    return text


@pytest.mark.parametrize('path', LEAVES, ids=lambda path: str(path.relative_to(CONFIGS)))
def test_it_builds_and_trains_a_step(
    path: Path, synthetic: Path, synthetic_aic: Path, tmp_path: Path, random_weights
) -> None:
    config = on_synthetic_people(Config.fromfile(path), synthetic, synthetic_aic, tmp_path)
    for teacher in config.model.get('teachers', {}).values():
        random_weights(teacher)
        teacher.pop('calibration', None)  # is of the real weights
    prepare_training(config)
    runner = Runner.from_cfg(config)
    model, loader = runner.model, runner.build_dataloader(runner._train_dataloader, seed=0)
    optimizer = runner.build_optim_wrapper(runner.optim_wrapper)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    logged = model.train_step(next(iter(loader)), optimizer)
    assert logged['loss'].isfinite() and logged['loss'] > 0
    taught = getattr(model, 'teachers', None)
    expected = {'loss_kpt'} if taught is None else {'loss_gt'}
    if config.model.type == 'BottomupPoseEstimator':
        expected = {'loss/heatmap', 'loss/displacement'}
    elif config.model.type == 'OneStageDistiller':
        expected = {f'loss_{part}' for part in ('bbox', 'vis', 'mle', 'oks', 'cls')}
        expected |= {f'loss_{kind}_{name}' for kind in ('kd', 'seen') for name in taught}
    elif taught:
        expected |= {'loss_kd_fused'} if model.combine == 'fused' else {f'loss_kd_{name}' for name in taught}
        expected |= {f'loss_feature_{name}' for name in model.feature_losses}
        expected |= {'loss_gt_in_dialects', *(f'loss_kd_in_{name}' for name in taught)} if model.dialects else set()
    assert expected == {key for key in logged if key.startswith(('loss_', 'loss/'))}
    after = model.state_dict()
    assert any(not torch.equal(before[key], after[key]) for key in before if key.startswith('head.'))


def test_the_students_head_begins_as_the_coco_teachers(random_weights) -> None:
    model = Config.fromfile(CONFIGS / 'distill_small.py').model
    model.backbone.init_cfg = None
    for teacher in model.teachers.values():
        random_weights(teacher)
    model.head.init_cfg[-1].checkpoint = model.teachers.coco.checkpoint
    student = MODELS.build(model)
    student.init_weights()
    theirs = student.teachers['coco'].network.model.head.state_dict()
    same = {key for key, value in student.head.state_dict().items() if torch.equal(value, theirs[key])}
    assert {'mlp.1.weight', 'gau.uv.weight', 'gau.o.weight', 'cls_x.weight', 'cls_y.weight'} <= same
    assert not any(key.startswith('final_layer') for key in same)  # has more keypoints


@pytest.mark.parametrize('path', LEAVES, ids=lambda path: str(path.relative_to(CONFIGS)))
def test_leaves_are_short_and_inherit_fragments_only(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 40
    assert any(command in text for command in ('python tools/', 'python benchmarks/', 'make '))
    bases = Config.fromfile(path).get('_base_', []) or []
    assert all('_base_/' in base for base in bases)


def test_people_of_a_third_dataset_are_drawn_and_scored(synthetic: Path, synthetic_aic: Path, tmp_path: Path) -> None:
    """People of AI Challenger are drawn and scored in their own keypoints; its neck is no MPII upper_neck."""
    path = CONFIGS / 'distill_small_coco-mpii-aic.py'
    config = on_synthetic_people(Config.fromfile(path), synthetic, synthetic_aic, tmp_path)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    assert len(dataset.skeleton) == 22 and {'neck', 'upper_neck', 'head_top'} < set(dataset.skeleton.names)
    first, aic = next(pair for pair in zip(dataset.first_indices, dataset.sources) if pair[1].name == 'aic')
    sample = dataset[int(first), 0]['data_samples']
    assert sample.source == 'aic'
    annotated = {dataset.skeleton.names[i] for i in sample.gt_instance_labels.keypoint_weights[0].nonzero().flatten()}
    assert annotated and annotated <= set(aic.skeleton.names) & set(load_skeleton('coco').names)
    config.test_dataloader = config.val_dataloader  # without workers
    metrics = evaluate_ground_truth(config).metrics
    assert metrics['aic/AP'] == metrics['coco/AP'] == pytest.approx(1.0)
