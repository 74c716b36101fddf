"""Teacher targets written once and replayed: the same pixels and nearly the same losses, and no teacher is run."""

import copy
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.registry import DATASETS, MODELS

from tests import processes
from tests.builders import CANVAS, model_config, train_config, train_pipeline, write_teachers
from unipose.batches.loaders import stack_samples
from unipose.batches.walk_pipeline import without_augmentation
from unipose.caching import TargetStore
from unipose.commands.cache import cache_teachers
from unipose.commands.train.preparation import prepare_training
from unipose.commands.train.runner import TrainingRunner
from unipose.commands.train.stages import pipelines_of, use_stored_targets
from unipose.simcc import Persons
from unipose.teachers.teacher import Teacher

VIEWS = 2


def student_config(synthetic: Path, folder: Path) -> Config:
    """Three epochs, the last of them with weaker augmentation."""
    model = model_config('coco+mpii', 21, canvas_size=CANVAS, teachers=write_teachers(folder / 'teachers'))
    config = train_config(synthetic, folder / 'work', model)
    config.train_cfg.max_epochs = 3
    config.train_dataloader.dataset.seed = 0
    switch = dict(type='mmdet.PipelineSwitchHook', switch_epoch=2, switch_pipeline=train_pipeline(cutout=False))
    config.custom_hooks = [switch]
    config.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1)
    config.custom_imports = dict(imports=['unipose.registration'])
    return config


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    return student_config(synthetic, tmp_path_factory.mktemp('student'))


@pytest.fixture(scope='module')
def stored(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('targets')
    cache_teachers(config, folder, VIEWS, shard_size=16)
    return folder


def replaying(config: Config, stored: Path, work_dir: Path, **changes) -> Config:
    config = copy.deepcopy(config)
    use_stored_targets(config, stored)
    config.work_dir, config.experiment_name = str(work_dir), work_dir.name
    config.merge_from_dict(changes)
    return config


def records(folder: Path) -> dict[str, np.ndarray]:
    stores = {stage.name: TargetStore(stage) for stage in sorted(folder.iterdir())}
    return {
        name: np.concatenate([store.shards.open(number) for number in range(store.num_shards)])
        for name, store in stores.items()
    }


def command(config_file: Path, out: Path, *options: str) -> list[object]:
    return ['tools/cache_teachers.py', config_file, '--out', out, '--views', VIEWS, '--shard-size', 4, *options]


def test_each_stage_has_its_views(config: Config, stored: Path) -> None:
    found = records(stored)
    assert list(found) == list(pipelines_of(config)) == ['stage1', 'stage2']
    size = len(DATASETS.build(config.train_dataloader.dataset))
    for stage in found.values():
        assert len(stage) == VIEWS * size
        assert {(int(i), int(v)) for i, v in zip(stage['index'], stage['view'])} == {
            (i, v) for i in range(size) for v in range(VIEWS)
        }
    assert not np.array_equal(found['stage1']['checksum'], found['stage2']['checksum'])
    assert found['stage1'].dtype.itemsize <= 3 * 1024


@pytest.mark.parametrize('workers', [0, 2])
def test_a_replayed_view_is_the_same_tensor(config: Config, stored: Path, tmp_path: Path, workers: int) -> None:
    replayed = DATASETS.build(replaying(config, stored, tmp_path).train_dataloader.dataset)
    original = DATASETS.build(config.train_dataloader.dataset)
    keys = [(index, view) for view in (0, 1, 2, 5) for index in range(0, len(original), 5)]
    loader = torch.utils.data.DataLoader(
        replayed, sampler=keys, batch_size=None, num_workers=workers, collate_fn=lambda sample: sample
    )
    for (index, view), sample in zip(keys, loader, strict=True):
        expected = original[index, view % VIEWS]
        assert torch.equal(sample['inputs'], expected['inputs'])
        labels, expected_labels = (s['data_samples'].gt_instance_labels for s in (sample, expected))
        assert torch.equal(labels.keypoint_labels, expected_labels.keypoint_labels)
        assert labels.target_coco.dtype == torch.uint8


def test_training_runs_no_teacher_and_loses_what_it_would_have(
    config: Config, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = {}
    for name in ('online', 'replayed'):
        run = copy.deepcopy(config)
        if name == 'replayed':
            run = replaying(config, stored, tmp_path)
            monkeypatch.setattr(Teacher, 'observe', lambda *_: pytest.fail('a teacher was run'))
        run.work_dir, run.experiment_name = str(tmp_path / name), f'losses_{name}'
        prepare_training(run)
        runner = TrainingRunner.from_cfg(run)
        batch = next(iter(runner.train_dataloader))
        data = runner.model.data_preprocessor(batch, True)
        torch.manual_seed(0)
        losses[name] = runner.model.train()(**data, mode='loss')
    assert losses['online'].keys() == losses['replayed'].keys()
    for name, value in losses['online'].items():
        if not name.startswith('agree'):
            assert losses['replayed'][name].item() == pytest.approx(value.item(), rel=2e-3, abs=2e-3), name


def test_a_killed_run_goes_on_and_ends_where_an_unbroken_one_does(config: Config, stored: Path, tmp_path: Path) -> None:
    unbroken = replaying(config, stored, tmp_path / 'unbroken')
    prepare_training(unbroken)
    TrainingRunner.from_cfg(unbroken).train()

    broken = replaying(config, stored, tmp_path / 'broken')
    broken.dump(tmp_path / 'broken.py')
    train, log = ['tools/train.py', tmp_path / 'broken.py', '--resume'], tmp_path / 'log'
    run = processes.start(*train, log=log)
    processes.wait_for((tmp_path / 'broken' / 'last_checkpoint').exists, run, log)
    run.kill()
    run.join()
    assert not (tmp_path / 'broken/epoch_3.pth').exists()
    processes.finish(processes.start(*train, log=log), log)
    ends = [torch.load(tmp_path / name / 'epoch_3.pth', weights_only=True) for name in ('unbroken', 'broken')]
    for key, value in ends[0]['state_dict'].items():
        assert torch.equal(value, ends[1]['state_dict'][key]), key


def test_a_run_that_is_resumed_before_at_or_after_a_switch_ends_where_an_unbroken_one_does(
    config: Config, stored: Path, tmp_path: Path
) -> None:
    longer, ends = {'train_cfg.max_epochs': 4}, {}
    for epoch in (0, 1, 2, 3):  # the second stage begins with epoch 2
        run = replaying(config, stored, tmp_path / f'from{epoch}', **longer)
        if epoch:
            run.update(resume=True, load_from=str(tmp_path / f'from0/epoch_{epoch}.pth'))
        prepare_training(run)
        TrainingRunner.from_cfg(run).train()
        ends[epoch] = torch.load(Path(run.work_dir) / 'epoch_4.pth', weights_only=True)['state_dict']
    for epoch, weights in ends.items():
        assert all(torch.equal(value, ends[0][name]) for name, value in weights.items()), epoch


def test_a_killed_writer_loses_no_more_than_the_open_file(config: Config, stored: Path, tmp_path: Path) -> None:
    config.dump(tmp_path / 'student.py')
    out = tmp_path / 'targets'
    write, log = command(tmp_path / 'student.py', out), tmp_path / 'log'
    run = processes.start(*write, log=log)
    processes.wait_for(lambda: any((out / 'stage1').glob('targets-00002-*.npy')), run, log)
    run.kill()
    run.join()
    written = {path: path.stat().st_mtime_ns for path in out.rglob('targets-*.npy')}
    assert written and TargetStore(out / 'stage1').missing()
    processes.finish(processes.start(*write, log=log), log)
    assert {path: path.stat().st_mtime_ns for path in written} == written
    _assert_same(records(out), records(stored))
    numbers = [path.name.split('-')[1] for path in (out / 'stage1').glob('targets-*.npy')]
    assert len(numbers) == len(set(numbers)) == TargetStore(out / 'stage1').num_shards


def test_two_processes_write_what_one_writes(config: Config, stored: Path, tmp_path: Path) -> None:
    config.dump(tmp_path / 'student.py')
    write = command(tmp_path / 'student.py', tmp_path / 'targets', '--launcher', 'pytorch')
    processes.together(*write, log=tmp_path / 'log')
    _assert_same(records(tmp_path / 'targets'), records(stored))


@pytest.mark.parametrize(
    ('what', 'changes'),
    [
        ('bins.sigma[0]', {'model.head.decoder.sigma': (4.0, 4.0)}),
        ('pipeline[2].transforms[2].rotate_factor', 'rotation'),
        ('teachers.coco.checkpoint', 'weights'),
        ('teachers.coco.confidence', {'model.teachers.coco.confidence': False}),
        ('teachers.mpii', {'model.teachers.mpii': None}),
        ('sources.mpii.padding', {'train_dataloader.dataset.sources.mpii.padding': 1.25}),
        ('sources.coco.files.ann_file', 'annotations'),
        ('seed: stored 0', {'train_dataloader.dataset.seed': 1}),
        ('normalisation.mean[0]', {'model.data_preprocessor.mean': [100.0, 116.28, 103.53]}),
        ("preprocessor: stored 'PoseData", {'model.data_preprocessor.type': 'PhotometricPreprocessor'}),
    ],
)
def test_targets_that_do_not_fit_are_refused(
    config: Config, stored: Path, tmp_path: Path, synthetic: Path, what: str, changes: dict | str
) -> None:
    run = replaying(config, stored, tmp_path / 'refused', **(changes if isinstance(changes, dict) else {}))
    if changes == 'rotation':
        run.train_dataloader.dataset.pipeline[3].transforms[2].rotate_factor = 40
    elif changes == 'weights':
        weights = torch.load(run.model.teachers.coco.checkpoint, weights_only=True)
        weights['state_dict']['head.gau.ln.g'] += 1
        torch.save(weights, tmp_path / 'other.pth')
        run.model.teachers.coco.checkpoint = str(tmp_path / 'other.pth')
    elif changes == 'annotations':
        root = Path(shutil.copytree(synthetic / 'coco', tmp_path / 'coco'))
        file = root / 'annotations/person_keypoints_train2017.json'
        file.write_text(file.read_text() + '\n')
        run.train_dataloader.dataset.sources.coco.dataset.data_root = str(root)
    run.experiment_name = f'refused_{len(str(tmp_path))}_{what}'
    prepare_training(run)
    with pytest.raises(ValueError, match='are not those of this config') as error:
        TrainingRunner.from_cfg(run)
    assert what in str(error.value)


def test_exchanged_images_are_noticed(config: Config, stored: Path, tmp_path: Path, synthetic: Path) -> None:
    root = Path(shutil.copytree(synthetic / 'coco', tmp_path / 'coco'))
    run = replaying(config, stored, tmp_path / 'exchanged')
    run.train_dataloader.dataset.sources.coco.dataset.data_root = str(root)
    picture = DATASETS.build(run.train_dataloader.dataset).get_data_info(0)['img_path']
    cv2.imwrite(picture, 255 - cv2.imread(picture))
    prepare_training(run)
    with pytest.raises(ValueError, match='not the pixels that the teachers saw'):
        TrainingRunner.from_cfg(run)


def test_features_are_not_stored(config: Config, stored: Path, tmp_path: Path) -> None:
    run = copy.deepcopy(config)
    run.model.teachers.coco.feature_weight = 1.0
    quiet = replaying(run, stored, tmp_path / 'features')
    assert quiet.model.teachers.coco.feature_weight == 0
    quiet.model.teachers.coco.feature_weight = 1.0
    prepare_training(quiet)
    with pytest.raises(ValueError, match='features are not stored'):
        TrainingRunner.from_cfg(quiet).train()


def _assert_same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    for stage, rows in expected.items():
        for key in ('index', 'view', 'checksum'):
            np.testing.assert_array_equal(found[stage][key], rows[key])
        for key in ('coco', 'mpii'):
            # the order of sums in a batch of another size may turn the last bit of a density
            assert (found[stage][key] != rows[key]).mean() < 0.01


@pytest.fixture(scope='module')
def stored_once(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('targets_once')
    stores = cache_teachers(config, folder, None, shard_size=16)
    assert list(stores) == ['once'] and stores['once'].moves and len(stores['once']) == stores['once'].num_samples
    return folder


def test_what_is_said_of_people_as_they_are_moves_with_the_augmentation(
    config: Config, stored_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = replaying(config, stored_once, tmp_path)
    prepare_training(run)
    runner = TrainingRunner.from_cfg(run)
    dataset, model = runner.train_dataloader.dataset, runner.model
    still = DATASETS.build(
        dict(config.train_dataloader.dataset, pipeline=without_augmentation(train_pipeline(cutout=True)))
    )
    keys = [(index, view) for index in range(0, len(dataset), 3) for view in (0, 1)]
    augmented = model.data_preprocessor(pseudo_collate([dataset[key] for key in keys]), False)
    unaugmented = model.data_preprocessor(pseudo_collate([still[key] for key in keys]), False)
    for name in model.teachers:
        direct = model.observe([name], unaugmented['inputs'], unaugmented['data_samples'])[name].target
        with monkeypatch.context() as patch:
            patch.setattr(Teacher, 'observe', lambda *_: pytest.fail('a teacher was run'))
            carried = model.observe([name], augmented['inputs'], augmented['data_samples'])[name].target
        known = list(model.teachers[name].keypoint_map.dst_indices)
        before, after = (model.bins.expected(target)[:, known] for target in (direct, carried))
        persons = [Persons.of_samples(batch['data_samples']) for batch in (unaugmented, augmented)]
        mirrored = torch.tensor([bool(sample.flip) for sample in augmented['data_samples']])
        assert mirrored.any() and not mirrored.all()
        matrix, shift = (values.float() for values in persons[1].way_from(persons[0].boxes, mirrored))
        flipped = [known.index(model.skeleton.flip_indices[index]) for index in known]
        before = torch.where(mirrored[:, None, None], before[:, flipped], before)
        expected = before @ matrix.mT + shift[:, None]
        inside = carried.weight[:, known] > 0.98 * carried.weight[:, known].max()
        # random teachers are unsure, so that the edges of the window cut off a part of what they say
        assert inside.sum() > 50 and (after - expected).norm(dim=-1)[inside].median() < 1.5


def test_what_is_stored_once_goes_with_any_augmentation_and_no_other_teacher(
    config: Config, stored_once: Path, tmp_path: Path
) -> None:
    weaker = copy.deepcopy(config)
    weaker.train_dataloader.dataset.pipeline = train_pipeline(cutout=False)
    weaker.model.data_preprocessor.type = 'PhotometricPreprocessor'
    weaker.randomness = dict(seed=5)
    weaker.train_dataloader.dataset.seed = 5
    run = replaying(weaker, stored_once, tmp_path / 'weaker')
    prepare_training(run)
    runner = TrainingRunner.from_cfg(run)
    runner.dump_config()  # the checks before the first step
    other = replaying(config, stored_once, tmp_path / 'other')
    other.model.teachers.coco.confidence = False
    prepare_training(other)
    with pytest.raises(ValueError, match='teachers.coco.confidence: stored True'):
        TrainingRunner.from_cfg(other)


@pytest.mark.parametrize('targets', [None, 'stored', 'stored_once'])
def test_a_stacked_batch_teaches_what_a_list_of_samples_does(
    config: Config, tmp_path: Path, request: pytest.FixtureRequest, targets: str | None
) -> None:
    run = replaying(config, request.getfixturevalue(targets), tmp_path) if targets else copy.deepcopy(config)
    run.model.update(combine='by_source', dialects=dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii')))
    dataset, model = DATASETS.build(run.train_dataloader.dataset), MODELS.build(run.model)
    batch = [dataset[index, 1] for index in range(0, len(dataset), 3)]
    losses, gradients = [], []
    for collate in (pseudo_collate, stack_samples):
        losses.append(model(**model.data_preprocessor(collate(batch), True), mode='loss'))
        total = sum(value for name, value in losses[-1].items() if 'loss' in name)
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        gradients.append(torch.autograd.grad(total, parameters))
    assert losses[0].keys() == losses[1].keys()
    assert all(torch.equal(value, losses[1][name]) for name, value in losses[0].items())
    assert all(map(torch.equal, *gradients))


def test_a_folder_of_both_kinds_is_refused(config: Config, stored: Path, stored_once: Path, tmp_path: Path) -> None:
    shutil.copytree(stored, tmp_path / 'both')
    shutil.copytree(stored_once / 'once', tmp_path / 'both' / 'once')
    with pytest.raises(ValueError, match='augmented views and of people as they are'):
        use_stored_targets(copy.deepcopy(config), tmp_path / 'both')
