"""Every command that touches a teacher, with a teacher of every kind once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config

from tests.builders import STUDENT, model_config, train_config, write_teacher
from tests.conftest import Ran
from tests.evaluation_inputs import student_test_config
from tests.onnx_files import write_onnx_file
from tests.transformers_models import save_vitpose

WIDE = (192, 192)  # holds the score maps' padding


def mmpose_teacher(folder: Path) -> dict[str, Any]:
    return write_teacher(folder, 'coco', 17, STUDENT)


def onnx_teacher(folder: Path) -> dict[str, Any]:
    """Score maps of another input size, on crops with a padding of their own."""
    shapes = dict(heatmaps=(17, 16, 16), offsets=(34, 16, 16))
    file = write_onnx_file(folder / 'maps.onnx', shapes, (64, 64), layout='NHWC')
    return dict(
        onnx=str(file),
        skeleton='coco',
        pixels=dict(range=(0, 1)),
        output='score_maps',
        padding=dict(default=1.25, coco=1.5),
        derived=dict(pelvis=('left_hip', 'right_hip')),
        license='cc-by-nc-4.0',
    )


def transformers_teacher(folder: Path) -> dict[str, Any]:
    return dict(transformers=str(save_vitpose(folder / 'vitpose', size=STUDENT)), skeleton='coco')


KINDS = dict(config=mmpose_teacher, onnx=onnx_teacher, transformers=transformers_teacher)


class Run:
    """A trained student of one teacher, as tools/train.py leaves it."""

    def __init__(self, folder: Path, config: Path, kind: str) -> None:
        self.folder, self.config, self.kind = folder, config, kind
        self.work_dir, self.checkpoint = folder / 'run', folder / 'run' / 'epoch_1.pth'


@pytest.fixture(scope='module', params=list(KINDS))
def files(request: pytest.FixtureRequest, synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A config with a teacher of a kind."""
    folder = tmp_path_factory.mktemp(request.param)
    teacher = dict(KINDS[request.param](folder / 'teachers'), weight=0.5)
    model = model_config('coco+mpii', 21, teachers=dict(coco=teacher), canvas_size=WIDE)
    model['test_cfg'] = dict(flip_test=True)
    config = train_config(synthetic, folder / 'run', model)
    for step in config.train_dataloader.dataset.pipeline[2].transforms:
        if step['type'] == 'CanvasAffine':
            step.canvas_size = WIDE
    tested = student_test_config(synthetic)
    config.test_dataloader, config.test_evaluator = tested.test_dataloader, tested.test_evaluator
    config.val_dataloader, config.val_evaluator, config.val_cfg = tested.test_dataloader, tested.test_evaluator, dict()
    config.test_cfg = dict()
    config.default_hooks.update(pictures=dict(type='TrainingPicturesHook', interval=3, num_samples=2))
    config.visualizer = dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])
    config.custom_imports = dict(imports=['unipose.registration'], allow_failed_imports=False)
    config.log_level = 'INFO'
    config.dump(folder / 'run.py')
    return Run(folder, folder / 'run.py', request.param)


@pytest.fixture
def run(files: Run, run_tool: Callable[..., Ran]) -> Callable[..., Ran]:
    """Runs a tool, which must end well."""

    def run(name: str, *arguments: object) -> Ran:
        done = run_tool(name, *arguments)
        assert done.code == 0, (name, done.err, done.out)
        return done

    return run


@pytest.fixture
def trained(files: Run, run: Callable[..., Ran]) -> Run:
    if not files.checkpoint.is_file():
        run('train.py', files.config, '--work-dir', files.work_dir)
    return files


def test_it_trains_and_its_licence_goes_with_the_student(trained: Run) -> None:
    assert list(trained.work_dir.glob('*/vis_data/vis_image/training_3.png'))
    log = next(trained.work_dir.glob('*/*.log')).read_text()
    assert 'loss_kd_coco' in log and ('cc-by-nc-4.0' in log) is (trained.kind == 'onnx')
    meta = torch.load(trained.checkpoint, weights_only=True, map_location='meta')['meta']
    assert 'coco' in json.dumps(meta['licences'])


@pytest.mark.parametrize('options', [(), ('--canvas',), ('--tta', 'none'), ('--padding', 1.0)], ids=str)
def test_it_is_scored_alone(files: Run, run: Callable[..., Ran], tmp_path: Path, options: tuple) -> None:
    run(
        'test.py',
        files.config,
        '--teacher',
        'coco',
        '--out',
        tmp_path / 'm.json',
        '--dump',
        tmp_path / 'p.json',
        *options,
    )
    protocol = json.loads((tmp_path / 'm.json').read_text())['protocol']
    mmposes_own = files.kind == 'config' and '--canvas' not in options
    flip_test = 'none' not in options and (mmposes_own or 'aligned')
    assert protocol['checkpoint_sha256'] and protocol['flip_test'] == flip_test
    assert ('canvas' in protocol) is ('--canvas' in options)
    people = json.loads((tmp_path / 'p.json').read_text())
    assert len(people['keypoint_names']) == 17 and len(people['predictions']) > 5
    assert np.isfinite([person['keypoints'] for person in people['predictions']]).all()


def test_it_stands_beside_the_student_in_the_table_report_and_card(
    trained: Run, run: Callable[..., Ran], tmp_path: Path
) -> None:
    out = trained.work_dir / 'metrics.json'
    done = run('test.py', trained.config, trained.checkpoint, '--teachers', '--out', out)
    scores = json.loads(out.read_text())
    assert scores['teachers']['coco']['params'] > 1000 and 'teacher' in done.out
    assert scores['teachers']['coco']['protocol']['canvas'] == [*WIDE, 1.0]
    run('report.py', trained.work_dir, '--out', tmp_path / 'report.html')
    assert 'teacher coco' in (tmp_path / 'report.html').read_text()
    run('model_card.py', trained.work_dir, '--license', 'apache-2.0', '--out', tmp_path / 'card')
    card = (tmp_path / 'card' / 'MODEL_CARD.md').read_text()
    assert ('cc-by-nc-4.0' in card) is (trained.kind == 'onnx')


def test_it_is_calibrated_and_the_calibration_is_taken(
    files: Run, run: Callable[..., Ran], tmp_path: Path, synthetic: Path
) -> None:
    out = tmp_path / 'calibration.json'
    run('calibrate_teacher.py', files.config, '--teacher', 'coco', '--out', out)
    content = json.loads(out.read_text())
    assert len(content['spreads']) == len(content['confidences'])
    options = ['--cfg-options', f'model.teachers.coco.calibration={out}']
    run('test.py', files.config, '--teacher', 'coco', '--canvas', '--out', tmp_path / 'm.json', *options)


def test_its_targets_are_stored_and_replayed_to_the_bit(files: Run, run: Callable[..., Ran]) -> None:
    from unipose.commands.train.preparation import prepare_training
    from unipose.commands.train.runner import TrainingRunner
    from unipose.commands.train.stages import use_stored_targets
    from unipose.files.read_config import read_config

    store = files.folder / 'targets'
    run('cache_teachers.py', files.config, '--views', 1, '--out', store)
    losses = []
    for stored in (False, True):
        config = read_config(files.config)
        config.work_dir = str(files.folder / f'stored_{stored}')
        config.model.teachers.coco.precision = None if files.kind == 'onnx' else 'fp32'
        if stored:
            use_stored_targets(config, store)
        prepare_training(config)
        runner = TrainingRunner.from_cfg(config)
        batch = runner.model.data_preprocessor(next(iter(runner.train_dataloader)), training=True)
        torch.manual_seed(0)
        losses.append(runner.model.eval().loss(**batch)['raw_kd_coco'].item())
    # 3 KB a view say it nearly; that the bytes are the same whoever writes them is test_cache_teachers.py's
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


def test_it_labels_and_is_looked_at(files: Run, run: Callable[..., Ran], synthetic: Path, tmp_path: Path) -> None:
    images = synthetic / 'coco' / 'val2017'
    run('predict_labels.py', files.config, images, '--out', tmp_path / 'labels.json', '--kpt-thr', 0.01)
    assert json.loads((tmp_path / 'labels.json').read_text())['annotations']
    run('browse_dataset.py', files.config, '--epoch', 1, '--num', 1, '--out', tmp_path / 'windows')
    assert len(list((tmp_path / 'windows').glob('*.png'))) == 2


def test_it_predicts_beside_the_student(trained: Run, run: Callable[..., Ran], synthetic: Path, tmp_path: Path) -> None:
    image = sorted((synthetic / 'coco' / 'val2017').iterdir())[0]
    arguments = ['--pose2d', trained.config, '--pose2d-weights', trained.checkpoint, '--vis-out-dir', tmp_path]
    run('inferencer_demo.py', image, *arguments, '--compare')
    assert list(tmp_path.glob('*.*'))


def test_the_apps_models_name_it(trained: Run) -> None:
    from unipose.inference import teacher_inferencers

    config = Config.fromfile(trained.config)
    [(name, inferencer)] = teacher_inferencers(config).items()
    people = inferencer(np.full((200, 160, 3), 90, np.uint8), [[20, 20, 120, 180]])
    assert name == 'coco' and people[0].keypoints.shape == (17, 2) and np.isfinite(people[0].keypoints).all()


def test_people_are_of_known_sources_and_canvases_hold_them(files: Run, run_tool: Callable[..., Ran]) -> None:
    if files.kind != 'onnx':
        pytest.skip('its window is the same for everybody')
    for option, message in (
        ('model.teachers.coco.padding.coco=3.0', 'needs a canvas of at least 308x308. Got: 192x192'),
        ('model.canvas_scale=1.5', 'crops canvases of (192, 192) with canvas_scale 1.0, and the model takes'),
        (
            'model.teachers.coco.feature_weight=1.0',
            'feature_weight has the student follow its features, and it has none',
        ),
    ):
        done = run_tool('train.py', files.config, '--work-dir', files.folder / 'never', '--cfg-options', option)
        assert done.code == 2 and message in done.err
