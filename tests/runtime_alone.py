"""Programs in a process of their own, where nothing but what the runtime requires can be imported."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
# What an environment with the runtime extra alone does not have.
WITHOUT = ('torch', 'mmengine', 'mmcv', 'mmpose', 'mmdet', 'scipy', 'PIL', 'tqdm', 'matplotlib', 'pycocotools', 'yaml')
_BLOCKED = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {WITHOUT}: raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)
sys.meta_path.insert(0, Absent())
code = 0
"""
_LOADED = f"""
print('loaded', sorted(set(sys.modules) & set({WITHOUT})))
sys.exit(code)
"""


def unipose_run(folder: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess:
    """Runs the command ``unipose-run`` as :func:`run_alone` does."""
    return run_alone('from unipose.runtime.run import main\ncode = main()', folder, *arguments, **environment)


def run_alone(program: str, folder: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess:
    """Runs a program in a folder; it prints at last which of :data:`WITHOUT` it loaded all the same."""
    command = [sys.executable, '-c', _BLOCKED + program + _LOADED, *map(str, arguments)]
    environment = dict(os.environ, PYTHONPATH=str(REPOSITORY), **environment)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
