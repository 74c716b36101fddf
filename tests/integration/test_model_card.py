"""tools/model_card.py: a card and a metafile that say what the run's files say, and nothing of this machine."""

import json
import math
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import mmpose
import pytest
import torch
import yaml
from mmengine.config import Config

from tests.builders import sources, train_pipeline, write_teachers
from tests.conftest import REPOSITORY
from tests.evaluation_inputs import student_test_config, write_student
from unipose.checkpoints.loading import sha256_file
from unipose.commands.export.deployed_student import load_exportable
from unipose.commands.export.onnx_file import write_onnx
from unipose.commands.export.options import ExportOptions
from unipose.distillers.write_mmpose_files import export_student
from unipose.evaluation.comparison_tables import Comparison, compare
from unipose.evaluation.format_scores import format_markdown
from unipose.files import write_json

LOG = """
System environment:
    Python: 3.11.7 (main, May  9 2026) [GCC 12.2.0]
    GPU 0,1: NVIDIA H100 80GB HBM3
    PyTorch: 2.13.0+cpu
    GPU number: 2
"""
ZOO = Path(mmpose.__file__).parent / '.mim/configs/body_2d_keypoint/rtmpose'


def write_run(folder: Path, config: Config) -> Path:
    """A work dir as training leaves it."""
    log = folder / '20260102_030405' / '20260102_030405.log'
    log.parent.mkdir(parents=True)
    log.write_text(LOG)
    config.dump(folder / 'small.py')
    write_student(folder / 'epoch_1.pth', config)
    return folder


def run_config(synthetic: Path, **model: object) -> Config:
    config = student_test_config(synthetic, **model)
    dataset = dict(sources=sources(synthetic), pipeline=train_pipeline())
    dataset['sources']['mpii']['license'] = 'research-only'
    config.train_dataloader = dict(batch_size=8, dataset=dataset)
    config.optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3))
    return config


@pytest.fixture(scope='module')
def scored(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work dir whose student was scored beside its teachers."""
    folder = tmp_path_factory.mktemp('machine')
    teachers = write_teachers(folder / 'teachers')
    teachers['coco'].update(license='cc-by-nc-4.0')
    teachers['mpii'].update(weight=0.5, schedule=dict(type='stop', at_epoch=1))
    config = run_config(synthetic, teachers=teachers)
    starts = dict(type='Pretrained', checkpoint=teachers['coco']['checkpoint'])
    config.model.backbone.init_cfg, config.model.head.init_cfg = starts, [dict(type='Normal', layer='Conv2d'), starts]
    work_dir = write_run(folder / 'small_run', config)
    write_json(work_dir / 'metrics.json', compare(config, work_dir / 'epoch_1.pth').scores())
    export_student(work_dir / 'epoch_1.pth', work_dir / 'student.pth')
    write_onnx(load_exportable(work_dir / 'epoch_1.pth'), work_dir / 'student.onnx', ExportOptions())
    return work_dir


@pytest.fixture
def work_dir(scored: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(scored, tmp_path / scored.name))


@pytest.fixture
def run(run_tool):
    return partial(run_tool, 'model_card.py')


def read(folder: Path) -> tuple[dict, str, dict]:
    """Front matter and text of the card, and the metafile."""
    _, front_matter, text = (folder / 'MODEL_CARD.md').read_text().split('---\n', 2)
    return yaml.safe_load(front_matter), text, yaml.safe_load((folder / 'metafile.yml').read_text())


def change(file: Path, change: Callable[[dict], None]) -> None:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def test_the_numbers_are_those_of_the_run(work_dir: Path, run) -> None:
    code, printed, errors = run(work_dir, '--license', 'apache-2.0')
    assert code == 0, errors
    assert printed == f'written: {work_dir / "MODEL_CARD.md"}, {work_dir / "metafile.yml"}\n'
    front_matter, text, metafile = read(work_dir)
    student = json.loads((work_dir / 'metrics.json').read_text())['student']
    (index,) = front_matter['model-index']
    found = {
        f'{result["dataset"]["type"]}/{metric["type"]}': metric['value']
        for result in index['results']
        for metric in result['metrics']
    }
    expected = {name: value for name, value in student['metrics'].items() if value is not None}
    assert found == pytest.approx({k: v for k, v in expected.items() if k.count('/') == 1}, abs=5e-4)
    comparison = Comparison.from_file(work_dir / 'metrics.json')
    for table in comparison.tables():
        assert format_markdown(*table) in text
    assert f'| parameters | {student["params"] / 1e6:.2f} M |' in text
    assert f'| operations | {student["flops"] / 1e9:.3f} GFLOPs' in text
    zoo = {result['Dataset'].split()[0]: result['Metrics'] for result in metafile['Models'][0]['Results']}
    assert zoo['coco']['AP@0.5'] == pytest.approx(expected['coco/AP50'], abs=5e-4)
    assert zoo['mpii']['Mean'] == pytest.approx(expected['mpii/PCKh@0.5'] / 100, abs=5e-4)
    assert '| coco+mpii mean of AP and PCKh@0.5 |' in text
    assert '`coco+mpii mean of AP and PCKh@0.5` is (100 x AP of `coco` + PCKh@0.5 of `mpii`) / 2' in text
    assert found['coco+mpii/mean of AP and PCKh@0.5'] > 0
    assert front_matter['license'] == 'apache-2.0' and index['name'] == 'small_run'
    assert not any(isinstance(value, float) and math.isnan(value) for value in found.values())


def test_it_says_what_the_run_was(work_dir: Path, run) -> None:
    run(work_dir)
    front_matter, text, _ = read(work_dir)
    protocol = json.loads((work_dir / 'metrics.json').read_text())['teachers']['mpii']['protocol']
    for line in (
        '| 17 | pelvis | mpii | mpii | 0.026 | - |',
        '| 5 | left_shoulder | coco, mpii | coco, mpii | 0.079 | right_shoulder |',
        f'| mpii | mpii.py | mpii.pth | {protocol["checkpoint_sha256"]} | mpii | 0.5 | 0.0 | stop, at_epoch 1 | none |',
        '| mpii (synthetic people) | MpiiDataset | mpii_train.json | mpii | 1.0 | 0.9375 |',
        '| learning rate | 0.001 |',
        '| weights start from | backbone: coco.pth, head: coco.pth |',
        '| processes | 2 |',
        '| Python | 3.11.7 |',
        '| GPUs | NVIDIA H100 80GB HBM3 |',
        '| licence of the weights | not stated |',
        f'- mpii: {protocol["num_samples"]["mpii"]} people, boxes: ground truth, box padding 0.9375',
        '- The people of `coco`, `mpii` are synthetic.',
        '--pose2d small.py --pose2d-weights epoch_1.pth',
    ):
        assert line in text, line
    assert 'MMEngine' not in text and 'seed |' not in text  # neither log nor checkpoint says
    assert front_matter['license'] == 'unknown'


def test_it_says_what_of_a_dataset_is_scored_and_leaves_out_a_mean_of_one(work_dir: Path, run) -> None:
    def alone(scores: dict) -> None:
        student = scores['student']
        student['protocol']['scored'] = dict(coco='15 of the 17 keypoints of coco; not left_ear, right_ear')
        del student['metrics']['coco+mpii/mean of AP and PCKh@0.5']

    change(work_dir / 'metrics.json', alone)
    assert run(work_dir).code == 0
    _, text, _ = read(work_dir)
    assert '; 15 of the 17 keypoints of coco; not left_ear, right_ear\n' in text
    assert 'mean of AP' not in text


def test_nothing_says_where_it_was_made(work_dir: Path, scored: Path, synthetic: Path, run) -> None:
    run(work_dir, '--onnx', work_dir / 'student.onnx')
    text = (work_dir / 'MODEL_CARD.md').read_text() + (work_dir / 'metafile.yml').read_text()
    for folder in (work_dir.parent, scored.parent, synthetic, REPOSITORY, Path.home()):
        assert str(folder) not in text


def test_the_metafile_is_one_of_mmpose(work_dir: Path, run) -> None:
    run(work_dir)
    *_, metafile = read(work_dir)
    theirs = yaml.safe_load((ZOO / 'coco/rtmpose_coco.yml').read_text())
    assert metafile['Collections'] == theirs['Collections']
    ours, model = metafile['Models'][0], theirs['Models'][0]
    assert ours.keys() == model.keys() and ours['Metadata'].keys() == model['Metadata'].keys()
    assert ours['Results'][0].keys() == model['Results'][0].keys()
    mpii = yaml.safe_load((ZOO / 'mpii/rtmpose_mpii.yml').read_text())['Models'][0]
    for result, their in zip(ours['Results'], (*model['Results'], *mpii['Results']), strict=True):
        assert result['Metrics'].keys() == their['Metrics'].keys() and result['Task'] == their['Task']
    assert (work_dir / ours['Config']).is_file() and (work_dir / ours['Weights']).is_file()


def test_an_exported_student_beside_its_onnx_file(work_dir: Path, run, tmp_path: Path) -> None:
    files = [work_dir / name for name in ('student.pth', 'student.py', 'student.onnx', 'metrics.json')]
    code, _, errors = run(work_dir, '--checkpoint', files[0], '--onnx', files[2], '--out-dir', tmp_path / 'new')
    assert code == 0, errors
    front_matter, text, metafile = read(tmp_path / 'new')
    for file in files:
        assert f'| {file.name} | {file.stat().st_size} | {sha256_file(file)} |' in text
    assert "MMPoseInferencer(pose2d='student.py', pose2d_weights='student.pth')" in text
    assert 'unipose-run photos --model student.onnx' in text and 'onnx' in front_matter['tags']
    assert 'Accuracy of `student.onnx`: not measured' in text
    assert (metafile['Models'][0]['Config'], metafile['Models'][0]['Weights']) == ('student.py', 'student.pth')
    content = json.loads(files[3].read_text())['student']
    content['protocol']['checkpoint_sha256'] = sha256_file(files[2])
    write_json(work_dir / 'metrics_student.onnx.json', content)
    run(work_dir, '--checkpoint', files[0], '--onnx', files[2], '--out-dir', tmp_path / 'scored')
    score = content['metrics']['mpii/PCKh@0.5']
    assert f'mpii/PCKh@0.5 {score:.3f}.' in next(
        line for line in read(tmp_path / 'scored')[1].splitlines() if 'Accuracy of `student.onnx`: ' in line
    )


def test_the_card_alone_with_pictures(work_dir: Path, run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('unipose.student.__file__', str(work_dir / '__init__.py'))  # as if it came along
    card = tmp_path / 'package' / 'README.md'
    more = '--onnx', work_dir / 'student.onnx', '--pictures', tmp_path / 'images/some_pose.jpg', '--card', card
    code, printed, errors = run(work_dir, *more)
    assert code == 0, errors
    assert printed == f'written: {card}\n' and not (work_dir / 'metafile.yml').exists()
    text = card.read_text()
    assert '![What it sees in a photograph](../images/some_pose.jpg)' in text
    assert 'unipose-run photo.jpg ' in text and 'unipose predict' not in text
    code, _, errors = run(work_dir, *more, '--out-dir', tmp_path)
    assert code == 2 and '--card is the file of the card alone' in errors


def test_what_it_does_badly(work_dir: Path, run) -> None:
    def other(content: dict) -> None:
        metrics = content['student']['metrics']
        for name in [name for name in metrics if 'px/' in name and 'error' not in name]:
            del metrics[name]
        metrics |= {'mpii/under_128px/people': 26, 'mpii/under_128px/PCKh@0.5': 61.24, 'mpii/from_256px/PCKh@0.5': 90}
        table = content['student']['per_keypoint']['mpii']
        table['left_ankle']['PCKh@0.5'], table['right_knee']['PCKh@0.5'] = -2, -1  # below all others

    change(work_dir / 'metrics.json', other)
    run(work_dir)
    text = read(work_dir)[1]
    assert '| mpii people | 26 | - | - |' in text and '| mpii PCKh@0.5 | 61.2 | - | 90.0 |' in text
    worst = next(line for line in text.splitlines() if 'Least accurate keypoints on `mpii`' in line)
    assert 'in PCKh@0.5: `left_ankle` -2.0, `right_knee` -1.0, ' in worst
    assert '| coco' not in text.partition('By size of person')[2].partition('\n\nHow they')[0]
    assert "**For research only** is what the terms of source 'mpii' allow." in text


def test_limits_follow_the_protocol(work_dir: Path, run) -> None:
    def other(content: dict) -> None:
        student = content['student']
        student['protocol'].update(dialects=True, flip_test=False)
        del student['protocol']['num_samples']['mpii'], student['per_keypoint']['mpii'], content['teachers']['mpii']

    run(work_dir)
    before = read(work_dir)[1]
    change(work_dir / 'metrics.json', other)
    run(work_dir, '--force')
    after = read(work_dir)[1]
    assert 'the mirrored image' in before and 'the mirrored image' not in after
    for text in (
        'Accuracy of the plain outputs: not measured.',
        'Trained on but not scored on: `mpii`.',
        'without a score of their own: `pelvis`, `thorax`, `upper_neck`, `head_top`.',
        '| mpii | mpii.py | mpii.pth | not recorded |',
    ):
        assert text not in before and text in after


def write_scored_run(folder: Path, config: Config, scored: Path) -> Path:
    """A work dir of another run, which has the same scores without those of teachers."""
    work_dir = write_run(folder, config)
    alone = json.loads((scored / 'metrics.json').read_text())['student']
    alone['protocol']['checkpoint_sha256'] = sha256_file(work_dir / 'epoch_1.pth')
    (work_dir / 'metrics.json').write_text(json.dumps(alone))
    return work_dir


LICENCES = (
    "| teacher 'coco' | cc-by-nc-4.0 | attribution, non-commercial |",
    "| teacher 'mpii' | none stated | not known |",
    "| source 'coco' | none stated | not known |",
    "| source 'mpii' | research-only | research only |",
    "| start 'coco.pth' | none stated | not known |",
)


def test_what_conflicts_with_the_licence_asked_for_is_said_at_the_top(work_dir: Path, run) -> None:
    code, printed, errors = run(work_dir, '--license', 'apache-2.0')
    assert code == 0 and printed.startswith('written: ')
    front_matter, text, _ = read(work_dir)
    assert front_matter['license'] == 'apache-2.0'  # said, not decided
    top = text.partition('An RTMPose that predicts')[0]
    asked = 'and the card asks for apache-2.0, which allows commercial use'
    conflicts = [
        f"teacher 'coco' is cc-by-nc-4.0 (non-commercial), {asked}",
        f"source 'mpii' is research-only, {asked}",
    ]
    assert '**These licences conflict.**' in top
    assert [line.removeprefix('> - ') for line in top.splitlines() if line.startswith('> - ')] == conflicts
    assert [line for line in errors.splitlines() if line.startswith('warning: ')] == [
        f'warning: {c}' for c in conflicts
    ]
    assert all(line in text for line in LICENCES)
    assert 'MPII is for research only' not in text  # said by its licence


@pytest.mark.parametrize(('asked', 'note'), [('unknown', ''), ('ours', 'What `ours` asks is not known'), ('mit', '')])
def test_without_a_conflict_nothing_is_said_to_be_one(
    synthetic: Path, scored: Path, tmp_path: Path, run, asked: str, note: str
) -> None:
    config = run_config(
        synthetic, teachers=dict(coco=dict(onnx='gone/coco.onnx', skeleton='coco', license='apache-2.0'))
    )
    config.train_dataloader.dataset.sources.mpii.license = 'research-only' if asked != 'mit' else 'synthetic'
    work_dir = write_scored_run(tmp_path / 'run', config, scored)
    code, _, errors = run(work_dir, '--license', asked)
    assert code == 0 and 'warning: ' not in errors
    text = read(work_dir)[1]
    assert 'licences conflict' not in text and "| teacher 'coco' | apache-2.0 | attribution |" in text
    assert ('**For research only**' in text) is (asked != 'mit')
    assert ('is not known, so it was not compared' in text) is bool(note) and note in text
    assert '| coco | onnx | coco.onnx | not recorded | coco |' in text


def test_the_checkpoint_knows_better_than_its_config(work_dir: Path, run) -> None:
    content = torch.load(work_dir / 'student.pth', weights_only=True)
    one = dict(kind='teacher', name='union', license='gpl-3.0', conditions=['share alike'], of="teacher 'b'")
    assert [entry['license'] for entry in content['meta']['licences']] == [line.split(' | ')[1] for line in LICENCES]
    content['meta']['licences'] = [one]
    torch.save(content, work_dir / 'student.pth')
    run(work_dir, '--checkpoint', work_dir / 'student.pth', '--license', 'mit')
    text = read(work_dir)[1]
    assert "| teacher 'union' of teacher 'b' | gpl-3.0 | share alike |" in text and 'cc-by-nc-4.0' not in text
    assert '(share alike), and the card asks for mit, which is another licence' in text


def test_a_student_without_teachers(synthetic: Path, scored: Path, tmp_path: Path, run) -> None:
    config = run_config(synthetic)
    del config.train_dataloader.dataset.sources.mpii['license']
    config.train_dataloader.dataset.sources.mpii.dataset.data_root = '/srv/sets/mpii'
    work_dir = write_scored_run(tmp_path / 'baseline', config, scored)
    code, _, errors = run(work_dir)
    assert code == 0, errors
    front_matter, text, _ = read(work_dir)
    assert 'without teachers' in text and '## Teachers' not in text and 'taught by' not in text
    assert "`mpii`: in MPII's format. MPII is for research only" in text
    assert '| mpii | MpiiDataset | mpii_train.json |' in text and '/srv' not in text
    assert 'knowledge-distillation' not in front_matter['tags']


def test_mistakes(work_dir: Path, run) -> None:
    def fails(message: str, *arguments: object) -> None:
        code, _, errors = run(work_dir, *arguments)
        (line,) = [line for line in errors.splitlines() if 'error: ' in line]
        assert code == 2 and message in line and 'Traceback' not in errors

    onnx = work_dir / 'student.onnx'
    write_student(work_dir / 'other.pth', Config.fromfile(work_dir / 'small.py'), seed=1)
    fails('has the scores of another file, epoch_1.pth (sha256', '--checkpoint', work_dir / 'other.pth')
    fails("'nowhere.pth' was not found", '--checkpoint', 'nowhere.pth')
    fails('no pose model nowhere.onnx', '--onnx', 'nowhere.onnx')
    fails('To do:', '--checkpoint', work_dir / 'metrics.json')
    write_onnx(load_exportable(work_dir / 'other.pth'), onnx, ExportOptions())
    fails('was not exported from', '--onnx', onnx)
    (work_dir / 'metafile.yml').write_text('mine')
    fails('metafile.yml exists; name another folder with --out-dir, or add --force')
    assert (work_dir / 'metafile.yml').read_text() == 'mine' and not (work_dir / 'MODEL_CARD.md').exists()
    (work_dir / 'metafile.yml').unlink()
    (work_dir / 'small.py').unlink()
    fails('is the config that epoch_1.pth has in it')
    (work_dir / 'metrics.json').write_text('[]')
    fails('is not what `unipose test` writes')
    (work_dir / 'metrics.json').unlink()
    fails('score the student first: unipose test CONFIG CHECKPOINT --work-dir')
    shutil.rmtree(work_dir)
    fails('`unipose train` makes one')
    assert not work_dir.exists()
