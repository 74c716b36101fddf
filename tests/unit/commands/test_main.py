"""The command `unipose`: its verbs, what they import before there is something to do, and how mistakes are told."""

import json
import logging
import os
import re
import runpy
import shlex
import subprocess
import sys
import types
from pathlib import Path

import pytest

from unipose import __version__
from unipose.commands import main as command
from unipose.commands.full_run.run import BATCHES
from unipose.commands.label import KPT_THR
from unipose.commands.main import VERBS, main, run_verb, verb_module
from unipose.console.mistakes import TRACEBACK
from unipose.datasets.crop_store import FORMATS
from unipose.simcc.compact import LEAVES
from unipose.simcc.flip_test import ALIGNED

REPOSITORY = Path(command.__file__).resolve().parents[2]
NAMES = [name for group in VERBS.values() for name in group]
WITHOUT_TOOL = {'configs', 'init', 'convert', 'doctor', 'completion'}
SCRIPTS = {'export_student', 'make_demo_teachers'}  # no verbs of their own
HEAVY = {'torch', 'numpy', 'cv2', 'mmengine', 'mmcv', 'mmpose', 'mmdet', 'onnxruntime', 'yaml', 'tqdm'}
MODULES = 250  # Python's own, and the few that verbs share
MISTAKES = {
    'train': ['train', 'nowhere.py', '--cfg-options', 'a=1'],
    'train --cfg-options': ['train', 'configs/distill_small.py', '--cfg-options', 'a'],
    'check': ['check', 'configs/distill_small.py', '--workers', '0'],
    'convert': ['convert', 'yolo', 'data.yaml', '--skeleton', 'coco', '--out', 'people.json'],
    'browse': ['browse', 'configs/distill_small.py', '--num', '0'],
    'test': ['test', 'configs/distill_small.py'],
    'test --tta': ['test', 'configs/distill_small.py', 'student.pth', '--tta', 'twice'],
    'speed': ['speed', 'configs/distill_small.py', '--frame-size', '12'],
    'full_run': ['full_run', 'configs/distill_small.py', '--views', '0'],
    'rescore': ['rescore', 'collect', 'nowhere.py', 'student.pth', '--out', 'people.npz'],
    'report': ['report', 'nowhere'],
    'card': ['card', 'nowhere'],
    'export': ['export', 'student.onnx'],
    'export mmpose': ['export', 'student.pth', '--format', 'mmpose'],
    'predict': ['predict', 'photos'],
    'label': ['label', 'nowhere.py', 'photos', '--out', 'people.json'],
    'app': ['app', 'configs/distill_small.py', 'student.pth', '--max-mb', '0'],
    'unknown': ['download', 'nothing'],
}
IN_A_PROCESS = """
import contextlib, io, json, sys
from unipose.commands.main import main
said = {}
for name, arguments in json.load(sys.stdin).items():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = ended.code
    said[name] = code, out.getvalue(), err.getvalue()
json.dump([said, sorted(sys.modules)], sys.stdout)
"""


def python(*arguments: str, given: str = '') -> subprocess.CompletedProcess:
    environment = {**os.environ, 'PYTHONPATH': str(REPOSITORY)}
    return subprocess.run(
        [sys.executable, *arguments], input=given, capture_output=True, text=True, env=environment, cwd=REPOSITORY
    )


@pytest.fixture(scope='module')
def light() -> tuple[dict[str, tuple[int, str, str]], list[str]]:
    """What help and mistakes in arguments print, all in one process, and what that has imported."""
    helps = {f'{name} --help': [name, '--help'] for name in NAMES}
    commands = {'--help': ['--help'], '--version': ['--version'], 'nothing': [], **helps, **MISTAKES}
    done = python('-c', IN_A_PROCESS, given=json.dumps(commands))
    assert done.returncode == 0, done.stderr
    said, modules = json.loads(done.stdout)
    return {name: tuple(how) for name, how in said.items()}, modules


def test_help_and_mistakes_in_arguments_import_nothing_heavy(light) -> None:
    modules = light[1]
    assert {name.partition('.')[0] for name in modules} & HEAVY == set()
    assert len(modules) < MODULES


def test_help_lists_every_verb(light) -> None:
    code, out, _ = light[0]['--help']
    assert code == 0 and light[0]['nothing'] == light[0]['--help']
    for group, verbs in VERBS.items():
        assert f'\n{group}:\n' in out
        assert all(re.search(rf'\n  {name} +{re.escape(line)}\n', out) for name, line in verbs.items())
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize('name', NAMES)
def test_help_of_a_verb_ends_with_a_line_to_copy(light, name: str) -> None:
    code, out, _ = light[0][f'{name} --help']
    assert code == 0 and out.startswith(f'usage: unipose {name} [-h]') and '--traceback' in out
    assert out.splitlines()[-1].startswith(f'example: unipose {name}')


@pytest.mark.parametrize('name', MISTAKES)
def test_mistakes_in_arguments_are_told(light, name: str) -> None:
    code, _, err = light[0][name]
    assert code == 2 and f'unipose {MISTAKES[name][0]}' in err and ': error: ' in err and 'Traceback' not in err


def test_version(light) -> None:
    assert light[0]['--version'] == (0, f'unipose {__version__}\n', '')


@pytest.mark.parametrize(('name', 'said'), [('trian', "did you mean 'train'?"), ('xyz', 'unipose --help says what')])
def test_an_unknown_verb(name: str, said: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, '--help'])
    assert ended.value.code == 2 and said in capsys.readouterr().err


@pytest.mark.parametrize(
    ('variable', 'arguments', 'shown'),
    [
        ('', ['train', 'nowhere.py'], False),
        ('0', ['train', 'nowhere.py'], False),
        ('1', ['train', 'nowhere.py'], True),
        ('', ['train', 'nowhere.py', '--traceback'], True),
        ('', ['--traceback', 'train', 'nowhere.py'], True),
        ('', ['rescore', 'collect', 'nowhere.py', 'a.pth', '--out', 'a.npz', '--traceback'], True),
        ('', ['predict', 'nowhere', '--pose2d=a', '--pose2d-weights=b', '--vis-out-dir=c', '--traceback'], True),
    ],
)
def test_a_mistakes_traceback_is_shown_where_it_is_asked_for(
    variable: str, arguments: list[str], shown: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv(TRACEBACK, variable)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    err = capsys.readouterr().err
    assert ended.value.code == 2 and ': error: ' in err.splitlines()[-1]
    assert ('Traceback (most recent call last)' in err) is shown


def test_every_verb_is_a_module_and_every_tool_a_verb() -> None:
    assert {path.stem for path in (REPOSITORY / 'unipose/commands/verbs').glob('[!_]*.py')} == set(NAMES)
    tools = {path.stem: path.read_text() for path in (REPOSITORY / 'tools').glob('*.py')}
    run = {name: re.search(r"run_verb\('(\w+)'\)", text) for name, text in tools.items()}
    assert {name for name, found in run.items() if not found} == SCRIPTS
    assert sorted(found[1] for found in run.values() if found) == sorted(set(NAMES) - WITHOUT_TOOL)


@pytest.mark.parametrize('name', NAMES)
def test_examples_are_commands(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    verb, asked = verb_module(name), []
    monkeypatch.setattr(verb, 'run', lambda args, parser: asked.append(args))
    lines = verb.EXAMPLE.split('\n')
    assert (
        [main([name, *shlex.split(line.partition(' > ')[0])]) for line in lines] == [0] * len(lines) == [0] * len(asked)
    )


def test_a_tool_is_called_by_its_own_name(run_tool) -> None:
    code, out, _ = run_tool('make_synthetic.py', '--help')
    assert code == 0 and out.startswith('usage: make_synthetic.py [-h]')
    assert out.splitlines()[-1].startswith('example: python tools/make_synthetic.py data/synthetic ')
    code, _, err = run_tool('train.py', 'nowhere.py')
    assert code == 2 and err.startswith('train.py: error: config not found: nowhere.py')


def test_what_verbs_offer_is_what_there_is() -> None:
    offered = {name: vars(verb_module(name)) for name in NAMES}
    assert offered['cache']['LEAVES'] == LEAVES
    assert offered['crops']['FORMATS'] == FORMATS
    assert offered['label']['KPT_THR'] == KPT_THR
    assert offered['full_run']['BATCHES'] == BATCHES
    assert offered['test']['ALIGNED'] == ALIGNED


def test_the_exit_code_is_the_verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    for returned, code in ((None, 0), (0, 0), (1, 1), (130, 130)):
        monkeypatch.setattr(verb_module('demo'), 'run', lambda args, parser, returned=returned: returned)
        assert run_verb('demo', [], 'unipose demo') == code


def test_a_log_that_nobody_takes_any_more_costs_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def speak(*_: object) -> None:
        with open(os.devnull) as gone:  # to which nothing can be written, as to a closed pipe
            logging.StreamHandler(gone).handle(logging.makeLogRecord(dict(msg='a line')))

    monkeypatch.setattr(logging, 'raiseExceptions', True)
    monkeypatch.setattr(verb_module('configs'), 'run', speak)
    assert main(['configs']) == 0 and capsys.readouterr().err == ''


def test_a_spawned_worker_is_patched_before_it_reads_what_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'unipose.registration', None)
    monkeypatch.setitem(sys.modules, '__mp_main__', sys.modules['__main__'])  # as importing multiprocessing does
    runpy.run_path(command.__file__)
    monkeypatch.setitem(sys.modules, '__mp_main__', types.ModuleType('__mp_main__'))
    with pytest.raises(ImportError, match=r'unipose\.registration'):
        runpy.run_path(command.__file__)


def test_without_the_training_stack_a_verb_says_how_to_get_it() -> None:
    """-S -I leaves site-packages out: no torch, no numpy, no OpenMMLab."""
    code = (
        f'import sys; sys.path.insert(0, {str(REPOSITORY)!r})\nfrom unipose.commands.main import main; sys.exit(main())'
    )
    done = python('-S', '-I', '-c', code, 'train', 'configs/demo/distill.py')
    first, second = done.stderr.splitlines()
    assert done.returncode == 2 and first.startswith(
        'unipose train: error: the training stack is not complete here. Run: '
    )
    assert 'pip install' in first and second.startswith('`unipose doctor`')


def test_it_is_a_console_script_and_a_module() -> None:
    assert "'unipose = unipose.commands.main:main'" in (REPOSITORY / 'setup.py').read_text()
    assert python('-m', 'unipose', '--version').stdout == f'unipose {__version__}\n'
