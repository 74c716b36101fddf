"""Imports only run downward: the layers of the package, read from its source."""

import ast
from pathlib import Path

import pytest

import unipose

PACKAGE = Path(unipose.__file__).parent

BASE = {
    'skeletons',
    'simcc',
    'files',
    'checkpoints',
    'media',
    'people',
    'rescoring',
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
# compat lies under all layers; the others look at everything and are imported by none.
COMPAT = {'compat'}
OUTSIDE = {'registration', 'commands', 'api'}


def allowed(package):
    """The packages that a package may import."""
    if package in COMPAT:
        return {package}
    if package in BASE:
        return BASE | COMPAT
    if package in MIDDLE:
        return {package} | BASE | COMPAT
    if package in TOP:
        return TOP | MIDDLE | BASE | COMPAT
    return TOP | MIDDLE | BASE | COMPAT | OUTSIDE


def imported_packages(source, within):
    """Packages of unipose that a piece of source imports, anywhere in it, as (package, line)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = within.split('.')[: len(within.split('.')) - node.level + 1] if node.level else []
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
    package = path.parts[0].removesuffix('.py')
    within = '.'.join(['unipose', *path.parts[:-1]])
    return [
        f'{path}:{line}: {package} imports {other}'
        for other, line in imported_packages(source, within)
        if other not in allowed(package)
    ]


def test_imports_run_downward():
    files = sorted(PACKAGE.rglob('*.py'))
    assert len(files) > 5
    found = [text for file in files for text in violations(file.read_text('utf-8'), file.relative_to(PACKAGE))]
    assert not found, '\n'.join(found)


def test_the_root_can_be_read_at_a_glance():
    assert len([path for path in PACKAGE.iterdir() if path.name != '__pycache__']) <= 28


def test_every_package_has_a_layer_and_a_line_in_contributing():
    packages = {path.parent.name for path in PACKAGE.glob('*/__init__.py')}
    assert packages | {'registration'} <= BASE | MIDDLE | TOP | COMPAT | OUTSIDE
    contributing = (PACKAGE.parent / 'CONTRIBUTING.md').read_text('utf-8')
    for package in packages:
        assert contributing.count(f'\n| `{package}` | ') == 1, package


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
        ('people/person.py', 'from unipose import api', True),
        ('api.py', 'from unipose.commands.train.run import train', False),
    ],
)
def test_the_check_itself(path, source, is_wrong):
    assert bool(violations(source, Path(path))) is is_wrong
