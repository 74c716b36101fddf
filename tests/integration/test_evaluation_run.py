"""Evaluation as a user meets it: the runner's validation, and tools/test.py."""

import json
import runpy
import sys
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from tests import processes
from tests.builders import train_config, write_teachers
from tests.evaluation_inputs import student_test_config, write_student
from tests.halpe_files import halpe_sources
from unipose.datasets.synthetic import generate_halpe
from unipose.evaluation.dataset_mean import MEAN_NAME
from unipose.evaluation.evaluate import evaluate_checkpoint, evaluate_teacher
from unipose.skeletons import load_skeleton

REPOSITORY = Path(__file__).resolve().parents[2]
TOOL = REPOSITORY / 'tools' / 'test.py'


@pytest.fixture(scope='module')
def files(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A config with teachers, and a checkpoint of its student."""
    folder = tmp_path_factory.mktemp('run')
    config = student_test_config(synthetic, teachers=write_teachers(folder / 'teachers'))
    config.train_dataloader = train_config(synthetic, folder, {}).train_dataloader  # what its teachers see
    config.dump(folder / 'small.py')
    return dict(config=folder / 'small.py', checkpoint=write_student(folder / 'student.pth', config))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, 'argv', ['test.py', *map(str, arguments)])
    try:
        runpy.run_path(str(TOOL), run_name='__main__')
    except SystemExit as finished:
        if finished.code:
            raise


def test_the_runner_validates_with_the_same_numbers(files: dict[str, Path], tmp_path: Path) -> None:
    expected = evaluate_checkpoint(files['config'], files['checkpoint']).metrics
    config = Config.fromfile(files['config'])
    config.model.pop('teachers')
    runner = Runner(
        model=config.model,
        work_dir=str(tmp_path),
        val_dataloader=config.test_dataloader,
        val_evaluator=config.test_evaluator,
        val_cfg=dict(),
        load_from=str(files['checkpoint']),
        default_scope='mmpose',
        log_level='WARNING',
        experiment_name='validation',
    )
    for _ in range(2):  # nothing is left over from the first time
        assert runner.val() == pytest.approx(expected, nan_ok=True)


def test_one_run_scores_every_dataset(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    out, dump = tmp_path / 'new' / 'metrics.json', tmp_path / 'predictions.json'
    run(monkeypatch, files['config'], files['checkpoint'], '--out', out, '--dump', dump, '--tta', 'none')
    text = capsys.readouterr().out
    assert 'flip test off' in text
    assert 'PCKh@0.5' in text
    found = json.loads(out.read_text())
    assert {'coco/AP', 'mpii/PCKh@0.1'} <= set(found['metrics'])
    assert set(found['per_keypoint']) == {'coco', 'mpii'}
    assert found['protocol']['flip_test'] is False
    assert found['protocol']['ema'] is False
    assert str(tmp_path) not in out.read_text()
    predictions = json.loads(dump.read_text())['predictions']
    assert {record['source'] for record in predictions} == {'coco', 'mpii'}


def test_halpe_and_the_mean_of_coco_and_mpii(
    files: dict[str, Path],
    synthetic: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    generate_halpe(tmp_path / 'halpe', {'val2017': 3})
    also = ('--also', halpe_sources(tmp_path / 'halpe.py', tmp_path / 'halpe'), '--work-dir', tmp_path)
    run(monkeypatch, files['config'], '--ground-truth', *also)
    metrics = json.loads((tmp_path / 'metrics_ground_truth.json').read_text())['metrics']
    assert metrics['halpe/AP'] == pytest.approx(1.0) and metrics[MEAN_NAME] == pytest.approx(100.0)
    boxes = coco_boxes(synthetic, tmp_path / 'boxes.json')
    run(monkeypatch, files['config'], files['checkpoint'], '--tta', 'none', '--detections', f'coco={boxes}', *also)
    found, text = json.loads((tmp_path / 'metrics.json').read_text()), capsys.readouterr().out
    metrics = found['metrics']
    assert metrics[MEAN_NAME] == pytest.approx((100 * metrics['coco/AP'] + metrics['mpii/PCKh@0.5']) / 2)
    detected = found['detected']['metrics']
    assert detected[MEAN_NAME] == pytest.approx((100 * detected['coco/AP'] + metrics['mpii/PCKh@0.5']) / 2)
    assert set(found['per_keypoint']['halpe']) == {*load_skeleton('halpe26').names[:20]}
    assert found['protocol']['scored']['halpe'].startswith('20 of the 26 keypoints of halpe26, hip by pelvis; not left')
    assert '  20 of the 26 keypoints of halpe26' in text and 'coco+mpii: mean of AP and PCKh@0.5' in text


def coco_boxes(synthetic: Path, path: Path) -> Path:
    annotations = json.loads((synthetic / 'coco/annotations/person_keypoints_val2017.json').read_text())['annotations']
    boxes = [dict(image_id=a['image_id'], category_id=1, bbox=a['bbox'], score=0.9) for a in annotations]
    path.write_text(json.dumps(boxes))
    return path


def test_a_teacher(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    run(monkeypatch, files['config'], '--teacher', 'mpii', '--work-dir', tmp_path)
    assert "16 keypoints of mpii, input 128x128, flip test as MMPose's" in capsys.readouterr().out
    assert set(json.loads((tmp_path / 'metrics_teacher_mpii.json').read_text())['per_keypoint']) == {'mpii'}
    run(monkeypatch, files['config'], '--teacher', 'mpii', '--source', 'mpii', '--work-dir', tmp_path)
    first, second = (
        json.loads((tmp_path / f'metrics_teacher_{name}.json').read_text()) for name in ('mpii', 'mpii_on_mpii')
    )
    assert first['metrics'] == second['metrics']


def test_student_and_teachers_in_one_table(
    files: dict[str, Path],
    synthetic: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    detections = ('--detections', f'coco={coco_boxes(synthetic, tmp_path / "boxes.json")}')
    run(monkeypatch, files['config'], files['checkpoint'], '--teachers', *detections, '--work-dir', tmp_path)
    text = capsys.readouterr().out
    found = json.loads((tmp_path / 'metrics.json').read_text())
    assert set(found) == {'student', 'teachers', 'kept'} and set(found['teachers']) == {'coco', 'mpii'}
    alone = evaluate_teacher(files['config'], 'mpii', canvas=True).metrics
    together = found['teachers']['mpii']['metrics']
    assert {name: value for name, value in alone.items() if value == value} == pytest.approx(
        {name: value for name, value in together.items() if value is not None}
    )
    assert found['student']['detected']['protocol']['boxes'] == dict(coco='detected (boxes.json)')
    assert found['teachers']['coco']['detected']['metrics']['coco/AP'] == pytest.approx(
        found['teachers']['coco']['metrics']['coco/AP'], abs=1e-3
    )  # the same boxes
    table = (tmp_path / 'metrics.md').read_text()
    head = table.splitlines()[0]
    assert 'coco AP, detected' in head and 'mpii PCKh@0.1' in head and 'params, M' in head
    assert '| coco+mpii mean of AP and PCKh@0.5 |' in head and 'mean of AP and PCKh@0.5, detected' in head
    assert '| teacher mpii | - |' in table and '| student |' in table
    assert 'upper_neck' in text and 'upper_neck' in table


def test_a_teacher_scores_what_mmpose_gives_it(synthetic: Path, tmp_path: Path) -> None:
    teacher = dict(
        config=str(REPOSITORY / 'configs/demo/teacher_coco.py'),
        checkpoint=str(REPOSITORY / 'teachers/demo/teacher_coco.pth'),
        skeleton='coco',
    )
    ours = evaluate_teacher(student_test_config(synthetic, teachers=dict(coco=teacher)), 'coco').metrics
    own = Config.fromfile(teacher['config'])
    annotations = str(synthetic / 'coco/annotations/person_keypoints_val2017.json')
    dataset = dict(
        type='CocoDataset',
        data_root=str(synthetic / 'coco'),
        ann_file='annotations/person_keypoints_val2017.json',
        data_prefix=dict(img='val2017/'),
        test_mode=True,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale'),
            dict(type='TopdownAffine', input_size=own.model.head.decoder.input_size),
            dict(type='PackPoseInputs'),
        ],
    )
    runner = Runner(
        model=dict(own.model, test_cfg=dict(flip_test=True)),
        work_dir=str(tmp_path),
        test_dataloader=dict(
            batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False), dataset=dataset
        ),
        test_evaluator=dict(type='CocoMetric', ann_file=annotations),
        test_cfg=dict(),
        load_from=teacher['checkpoint'],
        default_scope='mmpose',
        log_level='WARNING',
        experiment_name='teacher',
    )
    theirs = runner.test()
    assert theirs['coco/AP'] > 0.3
    assert (ours['coco/AP'], ours['coco/AR']) == pytest.approx((theirs['coco/AP'], theirs['coco/AR']), abs=1e-3)


def test_in_another_skeleton_and_over_scales(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    dump = tmp_path / 'predictions.json'
    options = ('--skeleton', 'coco', '--tta', 'aligned,multiscale', '--dump', dump, '--work-dir', tmp_path)
    run(monkeypatch, files['config'], files['checkpoint'], *options)
    assert 'flip test aligned, scales 1, 0.9, 1.1' in capsys.readouterr().out
    content = json.loads(dump.read_text())
    assert len(content['keypoint_names']) == 17 and len(content['predictions'][0]['keypoints']) == 17
    found = json.loads((tmp_path / 'metrics.json').read_text())
    assert set(found['protocol']['num_samples']) == {'coco'}  # MPII's metric needs keypoints that COCO has not


def test_mistakes(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    config, checkpoint, old = files['config'], files['checkpoint'], tmp_path / 'old.json'
    old.write_text('old')
    out = ('--out', old)
    cases = [
        ([tmp_path / 'none.py', checkpoint, *out], 'config not found'),
        ([config, tmp_path / 'none.pth', *out], 'none.pth'),
        ([config, *out], 'give a CONFIG, and the CHECKPOINT of a student, --teacher NAME'),
        ([config, '--teacher', 'aic', *out], "no teacher 'aic'"),
        ([config, '--teacher', 'mpii', '--source', 'web', *out], "no test source 'web'"),
        ([config, checkpoint, '--source', 'mpii', *out], '--source and --padding go with --teacher'),
        ([config, '--teacher', 'mpii', '--teachers', *out], 'go with the CHECKPOINT'),
        ([config, checkpoint, '--teachers', '--dump', tmp_path / 'd.json', *out], 'leave out --teachers'),
        ([config, checkpoint, '--teachers', *out, '--cfg-options', 'train_dataloader=None'], 'crops no canvas'),
        ([config, checkpoint, '--tta', 'rotate', *out], "'rotate' is not none, or flip or aligned"),
        ([config, checkpoint, '--tta', 'flip,aligned', *out], "'flip,aligned' is not none"),
        ([config, checkpoint, '--detections', 'coco', *out], 'takes key=value'),
        ([config, checkpoint, '--detections', 'aic=boxes.json', *out], "no test sources ['aic']"),
        ([config, checkpoint, '--detections', 'coco=none.json', *out], 'none.json'),
        ([config, checkpoint, '--skeleton', 'hand', *out], 'hand'),
        ([config, checkpoint, '--skeleton', 'aic', *out], 'not enough to score anything: coco needs'),
        ([config, config.parent / 'teachers' / 'coco.pth', *out], 'has 17 outputs, skeleton coco+mpii has 21'),
        ([config, checkpoint, '--out', old / 'below.json'], 'cannot be written'),
        ([config, checkpoint, '--dump', tmp_path, *out], 'it is a folder'),
        ([config, checkpoint, '--dump', old, *out], 'name different files'),
        ([config, checkpoint, *out, '--cfg-options', 'test_evaluator.metrics.mpii=None'], "source 'mpii' came"),
        ([config, checkpoint, *out, '--cfg-options', 'test_dataloader.dataset.sources.mpii=None'], "for ['mpii']"),
        ([config, checkpoint, *out, '--cfg-options', 'test_evaluator.metrics.coco.ann_file=none.json'], 'none.json'),
        (
            [config, checkpoint, *out, '--cfg-options', 'test_dataloader.dataset.sources.mpii.dataset.headbox_file='],
            'has no head size',
        ),
    ]
    for arguments, expected in cases:
        with pytest.raises(SystemExit) as exit_:
            run(monkeypatch, *arguments)
        message = capsys.readouterr().err
        assert exit_.value.code == 2
        assert expected in message
        assert 'Traceback' not in message
        assert len(message.splitlines()) < 25
    assert old.read_text() == 'old'
    assert sorted(tmp_path.iterdir()) == [old]


def test_two_processes(files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / 'two.json'
    arguments = [files['config'], files['checkpoint'], '--launcher', 'pytorch', '--out', out]
    processes.together('tools/test.py', *arguments, log=tmp_path / 'log')
    found = json.loads(out.read_text())
    alone = evaluate_checkpoint(files['config'], files['checkpoint'])
    assert found['protocol']['num_samples'] == alone.protocol['num_samples']
    expected = {name: None if value != value else pytest.approx(value) for name, value in alone.metrics.items()}
    assert found['metrics'] == expected
