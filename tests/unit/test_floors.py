"""Imports only run downward: the three floors of the package, read from its source."""

import ast
from pathlib import Path

import pytest

import unipose

PACKAGE = Path(unipose.__file__).parent

GROUND = {
    'skeletons',
    'simcc',
    'files',
    'checkpoints',
    'onnx',
    'media',
    'people',
    'rescoring',
    'licences',
    'batches',
    'console',
    'compute',
    'student',
}
MIDDLE = {
    'datasets',
    'teachers',
    'losses',
    'caching',
    'evaluation',
    'visualization',
    'inference',
    'runtime',
    'engine',
}
TOP = {'distillers'}
# Not rooms: compat lies under all of them, the others look at everything and are imported by none.
BASEMENT = {'compat'}
OUTSIDE = {'registration', 'commands'}


def allowed(room):
    """The rooms that a room may import."""
    if room in BASEMENT:
        return {room}
    if room in GROUND:
        return GROUND | BASEMENT
    if room in MIDDLE:
        return {room} | GROUND | BASEMENT
    if room in TOP:
        return TOP | MIDDLE | GROUND | BASEMENT
    return TOP | MIDDLE | GROUND | BASEMENT | OUTSIDE


def imported_rooms(source, package):
    """Rooms of unipose that a piece of source imports, anywhere in it, as (room, line)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split('.')[: len(package.split('.')) - node.level + 1] if node.level else []
            base = '.'.join([*parents, *([node.module] if node.module else [])])
            names = [f'{base}.{alias.name}' for alias in node.names] if base == 'unipose' else [base]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith('import_module') and node.args:
            names = [node.args[0].value] if isinstance(node.args[0], ast.Constant) else []
        else:
            continue
        for name in names:
            top, _, rest = str(name).partition('.')
            if top == 'unipose' and rest and not rest.startswith('__'):
                yield rest.partition('.')[0], node.lineno


def violations(source, path):
    """What a file imports and should not; `path` is relative to the package."""
    room = path.parts[0].removesuffix('.py')
    package = '.'.join(['unipose', *path.parts[:-1]])
    return [
        f'{path}:{line}: {room} imports {other}'
        for other, line in imported_rooms(source, package)
        if other not in allowed(room)
    ]


def test_imports_run_downward():
    files = sorted(PACKAGE.rglob('*.py'))
    assert len(files) > 5
    found = [text for file in files for text in violations(file.read_text('utf-8'), file.relative_to(PACKAGE))]
    assert not found, '\n'.join(found)


def test_every_room_has_a_floor():
    rooms = {path.name.removesuffix('.py') for path in PACKAGE.iterdir() if path.name[0] not in '_.'}
    rooms = {room for room in rooms if (PACKAGE / room / '__init__.py').exists() or (PACKAGE / f'{room}.py').exists()}
    assert rooms <= GROUND | MIDDLE | TOP | BASEMENT | OUTSIDE


@pytest.mark.parametrize(
    ('path', 'source', 'is_wrong'),
    [
        ('simcc/bins.py', 'from unipose.datasets import x', True),
        ('simcc/bins.py', 'from unipose.skeletons import x', False),
        ('losses/kd.py', 'import unipose.teachers.adapters', True),
        ('losses/kd.py', 'from unipose import teachers', True),
        ('losses/kd.py', 'from ..teachers import x', True),
        ('losses/kd.py', 'from .. import teachers', True),
        ('losses/kd.py', 'from . import mask', False),
        ('losses/kd.py', 'def f():\n    from unipose.teachers import x', True),
        ('losses/kd.py', 'import importlib\nimportlib.import_module("unipose.caching")', True),
        ('losses/kd.py', 'from unipose.simcc.bins import x\nfrom unipose import __version__', False),
        ('teachers/teacher.py', 'from unipose.distillers import x', True),
        ('teachers/teacher.py', 'import unipose.registration', True),
        ('distillers/distiller.py', 'from unipose.teachers import x', False),
        ('distillers/distiller.py', 'import unipose.registration', True),
        ('compat/patch.py', 'from unipose.simcc import x', True),
        ('registration.py', 'import unipose.distillers', False),
    ],
)
def test_the_check_itself(path, source, is_wrong):
    assert bool(violations(source, Path(path))) is is_wrong
