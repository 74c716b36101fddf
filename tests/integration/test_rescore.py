"""A rescorer from the first command to the last: collect, train, test with it, draw with it; and mistakes."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config

from tests.builders import train_config
from tests.evaluation_inputs import data_config
from tests.rescoring_inputs import predictions, write_rescorer
from unipose.rescoring import Predictions

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def files(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Config and weights of a model that has learned something: the demo's COCO-style teacher, as a student."""
    folder = tmp_path_factory.mktemp('rescore')
    teacher = Config.fromfile(REPOSITORY / 'configs/demo/teacher_coco.py')
    data = data_config(synthetic, 'coco')
    for part in (data['test_dataloader']['dataset']['sources'], data['test_evaluator']['metrics']):
        part.pop('mpii')
    config = train_config(synthetic, folder, teacher.model, **data, val_dataloader=data['test_dataloader'])
    config.train_dataloader.dataset.update(skeleton='coco')
    config.train_dataloader.dataset.sources.pop('mpii')
    config.dump(folder / 'coco.py')
    return folder / 'coco.py', REPOSITORY / 'teachers/demo/teacher_coco.pth'


def test_collect_train_and_test(files: tuple[Path, Path], run_tool, tmp_path: Path) -> None:
    people, rescorer = tmp_path / 'people.npz', tmp_path / 'rescorer.pth'
    done = run_tool('rescore.py', 'collect', *files, '--out', people, '--jitter', 0.1, '--boxes', 4)
    assert done.code == 0, done.err
    collected = Predictions.load(people)
    assert f'{len(collected)} boxes, mean OKS {collected.oks.mean():.3f}' in done.out
    assert 0.3 < collected.oks.mean() < 1 and set(collected.source) == {'coco'}

    done = run_tool('rescore.py', 'train', people, '--out', rescorer)
    assert done.code == 0, done.err
    assert 'mean keypoint score' in done.out and f'--cfg-options rescorer={rescorer}' in done.out

    found = {}
    for name, more in {'without': (), 'with': ('--cfg-options', f'rescorer={rescorer}')}.items():
        out, dump = tmp_path / f'{name}.json', tmp_path / f'{name}_people.json'
        done = run_tool('test.py', *files, '--out', out, '--dump', dump, *more)
        assert done.code == 0, done.err
        found[name] = json.loads(out.read_text()), json.loads(dump.read_text())['predictions']
    (plain, before), (scored, after) = found['without'], found['with']
    assert scored['protocol'] == plain['protocol'] | dict(rescorer='rescorer.pth')
    assert [record | dict(score=None) for record in after] == [record | dict(score=None) for record in before]
    assert scored['metrics']['coco/AP'] != plain['metrics']['coco/AP']
    assert scored['metrics']['coco/PCK@0.05sqrt(area)'] == plain['metrics']['coco/PCK@0.05sqrt(area)']


def test_the_demo_script_writes_its_scores(run_tool, tmp_path: Path) -> None:
    from tests.student_files import write_student

    config, weights = write_student(tmp_path)
    (tmp_path / 'photos').mkdir()
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    cv2.imwrite(str(tmp_path / 'photos' / 'a.png'), image)
    rescorer = write_rescorer(tmp_path / 'rescorer.pth')
    command = [tmp_path / 'photos', '--pose2d', config, '--pose2d-weights', weights, '--vis-out-dir', tmp_path / 'vis']
    written = {}
    for name, more in {'without': (), 'with': ('--rescorer', rescorer)}.items():
        outputs = ('--coco-out', tmp_path / f'{name}.json', '--pred-out-dir', tmp_path / name)
        assert run_tool('inferencer_demo.py', *command, *outputs, *more).code == 0
        [record] = json.loads((tmp_path / f'{name}.json').read_text())
        [instance] = json.loads((tmp_path / name / 'a.json').read_text())['instances']
        written[name] = record, instance
    (plain, bare), (scored, instance) = written['without'], written['with']
    assert scored['keypoints'] == plain['keypoints'] and scored['score'] != plain['score']
    assert instance == bare | dict(score=round(scored['score'], 5))
    done = run_tool('inferencer_demo.py', *command, '--rescorer', write_rescorer(tmp_path / 'coco.pth', 'coco'))
    assert done.code == 2 and "other keypoints than the student's" in done.err
    done = run_tool('inferencer_demo.py', *command, '--rescorer', 'none.pth')
    assert done.code == 2 and 'rescorer not found: none.pth' in done.err


def test_mistakes_are_told(files: tuple[Path, Path], run_tool, tmp_path: Path) -> None:
    predictions(0).save(tmp_path / 'empty.npz')
    predictions(3, per_image=3).save(tmp_path / 'one_image.npz')
    (tmp_path / 'text.npz').write_text('text')
    out = ('--out', tmp_path / 'out')
    union = write_rescorer(tmp_path / 'union.pth')
    cases = [
        (('rescore.py',), 'collect|train'),
        (('rescore.py', 'train', tmp_path / 'empty.npz', *out), 'empty.npz has no people in it'),
        (('rescore.py', 'train', tmp_path / 'one_image.npz', *out), '3 people in 1 images'),
        (('rescore.py', 'train', tmp_path / 'text.npz', *out), 'text.npz is no file of predictions'),
        (('rescore.py', 'train', 'none.npz', *out), 'file of predictions not found: none.npz'),
        (('rescore.py', 'train', tmp_path / 'text.npz', '--out', tmp_path), 'it is a folder'),
        (('rescore.py', 'collect', 'none.py', files[1], *out), 'config not found: none.py'),
        (('rescore.py', 'collect', files[0], 'none.pth', *out), "'none.pth' was not found"),
        (('rescore.py', 'collect', *files, '--boxes', 3, *out), 'Got: jitter 0, background 0, boxes 3'),
        (('rescore.py', 'collect', *files, '--cfg-options', 'x', *out), 'takes key=value'),
        (('test.py', *files, *out, '--cfg-options', f'rescorer={union}'), "other keypoints than the student's"),
        (('test.py', *files, *out, '--cfg-options', f'rescorer={files[1]}'), 'is no rescorer'),
        (('test.py', *files, *out, '--cfg-options', 'rescorer=none.pth'), 'rescorer not found: none.pth'),
    ]
    for arguments, message in cases:
        done = run_tool(*arguments)
        assert done.code == 2 and message in done.err, done.err
        assert 'Traceback' not in done.err
    assert not (tmp_path / 'out').exists()
