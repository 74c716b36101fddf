"""What `make dist` builds: a wheel, from the sdist, and its commands in an empty folder, without the repository."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from unipose import __version__

# all that a build may read, and tests, which it must not take
SOURCES = ('setup.py', 'pyproject.toml', 'MANIFEST.in', 'LICENSE', 'README.md', 'requirements', 'unipose', 'configs')
SOURCES += ('tests', 'data/README.md', 'teachers/README.md', 'teachers/demo', 'docs/images')
BY_REPOSITORY_ALONE = ('benchmark', 'real_people')  # configs that benchmarks/ arranges the data of
STEM = f'unipose_distill-{__version__}'
PIP, OFFLINE = ('-m', 'pip', '-q', '--disable-pip-version-check'), ('--no-deps', '--no-index')
STEP = 'train_cfg.max_epochs=1 train_dataloader.num_workers=0 train_dataloader.persistent_workers=False'
COMMANDS = {
    'doctor': 'doctor',
    'synthetic': 'synthetic data/demo --train 2 --val 1 --max-persons 1',
    'without data': 'train distill_small',
    'a step': f'train demo/distill --cfg-options {STEP}',
}
IN_A_PROCESS = """
import contextlib, io, json, sys
import unipose
from unipose.commands.main import main
said = {'file': unipose.__file__}
for name, command in json.load(sys.stdin).items():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(command.split())
        except SystemExit as ended:
            code = ended.code
    said[name] = code, out.getvalue(), err.getvalue()
json.dump(said, open('said.json', 'w'))
"""


def python(*arguments: object, cwd: Path, **given: object) -> None:
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, **given)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope='module')
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sdist and of the wheel that is built from it."""
    source, dist = (tmp_path_factory.mktemp(name) for name in ('source', 'dist'))
    for name in SOURCES:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, source / name)
    python('setup.py', '-q', 'sdist', '-d', dist, cwd=source)
    python(*PIP, 'wheel', *OFFLINE, '--no-build-isolation', '-w', dist, dist / f'{STEM}.tar.gz', cwd=dist)
    return dist


@pytest.fixture(scope='module')
def wheel(built: Path) -> zipfile.ZipFile:
    with zipfile.ZipFile(built / f'{STEM}-py3-none-any.whl') as opened:
        yield opened


@pytest.fixture(scope='module')
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed into, beside an environment that has all else."""
    target = tmp_path_factory.mktemp('installed')
    wheel = built / f'{STEM}-py3-none-any.whl'
    python(*PIP, 'install', *OFFLINE, '--no-compile', '--target', target, wheel, cwd=target)
    return target


@pytest.fixture(scope='module')
def empty(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp('empty')


@pytest.fixture(scope='module')
def environment(installed: Path) -> dict[str, str]:
    return {**os.environ, 'PYTHONPATH': str(installed), 'CUDA_VISIBLE_DEVICES': ''}


def files_of(folder: Path, *left_out: str) -> set[str]:
    files = (file.relative_to(folder) for file in folder.rglob('*') if file.is_file())
    return {file.as_posix() for file in files if not {'__pycache__', *left_out} & set(file.parts)}


def test_the_wheel_has_the_package_and_what_comes_along(wheel: zipfile.ZipFile) -> None:
    package = files_of(REPOSITORY / 'unipose')
    configs = {f'configs/{name}' for name in files_of(REPOSITORY / 'configs', *BY_REPOSITORY_ALONE)}
    demo = {f'teachers/demo/{name}' for name in files_of(REPOSITORY / 'teachers/demo')}
    along = {'data/README.md', 'teachers/README.md', 'docs/images/astronaut.jpg'}
    info = {'METADATA', 'RECORD', 'WHEEL', 'entry_points.txt', 'licenses/LICENSE', 'top_level.txt'}
    expected = {f'unipose/{name}' for name in package | configs | demo | along}
    assert {'unipose/student/student.onnx', 'unipose/skeletons/known/halpe26.py'} < expected
    assert set(wheel.namelist()) == expected | {f'{STEM}.dist-info/{name}' for name in info}


def test_the_sdist_has_no_tests(built: Path) -> None:
    with tarfile.open(built / f'{STEM}.tar.gz') as sdist:
        names = sdist.getnames()
    assert f'{STEM}/LICENSE' in names and f'{STEM}/configs/demo/_base_/schedule.py' in names
    assert not any(f'{STEM}/{folder}/' in name for name in names for folder in ('tests', 'benchmarks', 'tools'))


def test_it_is_called_by_its_own_name(wheel: zipfile.ZipFile) -> None:
    said = message_from_string(wheel.read(f'{STEM}.dist-info/METADATA').decode())
    assert (said['Name'], said['Version']) == ('unipose-distill', __version__)
    assert {'runtime', 'export', 'app', 'openvino', 'transformers', 'full'} <= set(said.get_all('Provides-Extra'))
    assert wheel.read(f'{STEM}.dist-info/top_level.txt') == b'unipose\n'


@pytest.fixture(scope='module')
def said(empty: Path, environment: dict[str, str], installed: Path) -> dict[str, tuple[int, str, str]]:
    """What commands end with and print, one after the other in one process in the empty folder."""
    python('-c', IN_A_PROCESS, cwd=empty, env=environment, input=json.dumps(COMMANDS))
    said = json.loads((empty / 'said.json').read_text())
    assert said.pop('file') == str(installed / 'unipose/__init__.py')
    return said


def test_commands_of_the_environment(empty: Path, environment: dict[str, str], installed: Path) -> None:
    def run(*command: str) -> str:
        program = installed / 'bin' / command[0]
        done = subprocess.run([program, *command[1:]], cwd=empty, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    listed = [line.split()[0] for line in run('unipose', 'configs').splitlines() if line.startswith('  ')]
    assert {'distill_small', 'demo/distill', 'teachers/entries'} < set(listed)
    assert not any(name.startswith(BY_REPOSITORY_ALONE) for name in listed)
    assert run('unipose', 'configs', 'distill_small') == f'{installed}/unipose/configs/distill_small.py\n'
    run('unipose-run', str(REPOSITORY / 'docs/images/astronaut.jpg'), '--vis-out-dir', 'out')
    assert (empty / 'out/astronaut.jpg').is_file()


def test_the_doctor_looks_into_the_current_folder(said, empty: Path, installed: Path) -> None:
    code, out, _ = said['doctor']
    assert code == 0 and f'Data in {empty}/data' in out and f'Teachers in {empty}/teachers' in out
    assert 'unipose download rtmpose-m_coco-256x192' in out and f'{installed}/unipose/data/README.md' in out
    assert 'demo: backbone.pth, teacher_coco.pth, teacher_mpii.pth' in out


def test_a_config_by_name_says_which_weights_are_missing(said, empty: Path) -> None:
    code, _, err = said['without data']
    assert code == 2 and f'was not found. Looked for:\n  {empty}/teachers/rtmpose-m_simcc-coco' in err
    assert err.endswith('To do: unipose download rtmpose-m_coco-256x192\n')


def test_the_demo_trains_a_step(said, empty: Path) -> None:
    assert said['synthetic'][0] == said['a step'][0] == 0, said['a step']
    (step,) = map(json.loads, (empty / 'work_dirs/distill/distillation.jsonl').read_text().splitlines())
    assert {'gt', 'kd_coco', 'kd_mpii'} == set(step['terms'])
