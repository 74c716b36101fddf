"""The calibration tool, on the demo's own teachers: what it measures, writes, and says of mistakes."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from tests.builders import STUDENT
from tests.conftest import Ran
from unipose.commands.demo import generate_people
from unipose.files.read_config import read_config
from unipose.simcc import Window
from unipose.skeletons import load_skeleton
from unipose.teachers.calibration import Calibration
from unipose.teachers.teacher import Teacher

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def tool(run_tool: Callable[..., Ran]) -> Callable[..., Ran]:
    return partial(run_tool, 'calibrate_teacher.py')


def test_the_demos_teachers_say_too_little_until_calibrated(tool, tmp_path: Path) -> None:
    generate_people(tmp_path / 'people', num_train=2, num_val=60, seed=1)
    data = 'val_dataloader.dataset.sources.{}.dataset.{}={}'
    options = [
        'val_dataloader.num_workers=0',
        data.format('coco', 'data_root', tmp_path / 'people/coco'),
        data.format('mpii', 'data_root', tmp_path / 'people/mpii'),
        data.format('mpii', 'headbox_file', tmp_path / 'people/mpii/annotations/mpii_gt_val.mat'),
    ]
    config = REPOSITORY / 'configs/demo/distill.py'
    for name in ('coco', 'mpii'):
        out = tmp_path / f'{name}.json'
        too_high = f'model.teachers.{name}.adapter.offset=[0.0,-0.8]'  # these teachers are right, so that lowers them
        done = tool(config, '--teacher', name, '--out', out, '--cfg-options', *options, too_high)
        assert done.code == 0, done.err
        measured = json.loads(out.read_text())['measured']
        error, offset = measured['calibration_error'], measured['offset']
        assert max(abs(offset['x']), abs(offset['y'] - 0.8)) < 0.2 and offset['taken_out'] == [0.0, -0.8]
        offsets = [was + offset[axis] for was, axis in zip((0.0, -0.8), 'xy')]
        assert 'take it out with adapter=dict(offset=({:.2f}, {:.2f}))'.format(*offsets) in done.out
        assert error['before'] > 0.3 and error['after'] < 0.06
        assert f'{error["before"]:.4f} before, {error["after"]:.4f} after' in done.out
        assert f'model.teachers.{name}.calibration={out}' in done.out

        entry = dict(read_config(config).model.teachers[name], calibration=str(out))
        teacher = Teacher.from_entry(name, entry, Window(STUDENT, STUDENT), load_skeleton('coco+mpii'))
        assert isinstance(teacher.trust, Calibration) and teacher.trust(torch.tensor(0.6)) > 0.9


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['configs/demo/distill.py'], '--teacher'),
        (['nowhere.py', '--teacher', 'coco'], 'nowhere.py'),
        (['configs/demo/distill.py', '--teacher', 'aic'], "no teacher 'aic'"),
        (['configs/demo/teacher_coco.py', '--teacher', 'coco'], "no teacher 'coco'; it has []"),
        (['configs/demo/distill.py', '--teacher', 'coco', '--source', 'web'], "no source 'web'"),
    ],
)
def test_mistakes_are_told(tool, tmp_path: Path, arguments: list[str], message: str) -> None:
    done = tool(*arguments, '--out', tmp_path / 'out.json')
    assert done.code == 2 and message in done.err
    assert not (tmp_path / 'out.json').exists()


def test_help_ends_with_a_line_to_copy(tool) -> None:
    done = tool('--help')
    example = 'example: python tools/calibrate_teacher.py configs/distill_small.py --teacher mpii'
    assert ' '.join(done.out.split()).endswith(example)
