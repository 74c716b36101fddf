"""tools/benchmark.py: its table and files, every kind of model, and what it says to mistakes."""

import json
from functools import partial
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
QUICK = ('--persons', '1', '2', '--repeats', '2', '--frame-size', '160x120', '--device', 'cpu')


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, run_tool):
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr('unipose.commands.speed.speed_table._REST', 0.0)
    return partial(run_tool, 'benchmark.py')


def test_the_demos_teacher(tmp_path: Path, run) -> None:
    files = ('--json', tmp_path / 'speed.json', '--markdown', tmp_path / 'speed.md')
    code, printed, _ = run(
        'configs/demo/teacher_coco.py', 'teachers/demo/teacher_coco.pth', *QUICK, *files, '--no-flip-test'
    )
    assert code == 0
    assert '0.54 M parameters, 0.04 GFLOPs a pass, input 96x128, flip test off' in printed
    assert 'frame of 160x120' in printed and 'median of 2' in printed
    measured = json.loads((tmp_path / 'speed.json').read_text())
    of_two = measured['medians']['torch fp32, cpu']['2']
    assert len(measured['seconds']['torch fp32, cpu']['2']) == 2
    assert of_two['fps'] == pytest.approx(1000 / of_two['ms'])
    row = next(line for line in (tmp_path / 'speed.md').read_text().splitlines() if line.startswith('| torch fp32'))
    assert row.split(' | ')[-2:] == [f'{of_two["ms"]:.1f}', f'{of_two["fps"]:.1f} |']


@pytest.mark.parametrize(
    'config',
    ['demo/distill', 'distill_tiny', 'teachers/rtmpose-m_aic-256x192', 'teachers/rle_res50_coco-256x192'],
)
def test_any_model_with_random_weights(run, config: str) -> None:
    code, printed, errors = run(f'configs/{config}.py', *QUICK)
    assert code == 0, errors
    assert 'random weights' in printed and 'flip test on (two passes)' in printed


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['nowhere.py'], 'nowhere.py'),
        (['configs/demo/distill.py', 'nowhere.pth'], "'nowhere.pth' was not found"),
        (['configs/demo/distill.py', '--onnx', 'nowhere.onnx'], 'no pose model nowhere.onnx'),
        (['configs/demo/distill.py', '--persons', '0'], 'persons must be at least 1. Got: [0]'),
        (['configs/demo/distill.py', '--frame-size', '12'], "'12' is not WIDTHxHEIGHT"),
        (['configs/demo/distill.py', '--device', 'cuda:77'], "device 'cuda:77' is not available"),
        (['configs/demo/distill.py', '--json', 'configs'], 'it is a folder'),
    ],
)
def test_mistakes_are_told(run, arguments: list[str], message: str) -> None:
    code, _, errors = run(*arguments)
    assert code == 2 and message in errors and 'Traceback' not in errors
