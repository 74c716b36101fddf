"""What of OpenMMLab's code a training of unipose runs: files, functions and lines, by package.

The demo's student is trained for an epoch on a few synthetic people, and scored; a function counts once it is called.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import threading
from collections import defaultdict
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PACKAGES = ('mmengine', 'mmpose', 'mmdet', 'mmcv')
CONFIG = 'configs/demo/distill.py'
DATA = ['synthetic', 'data/demo', '--train', '64', '--val', '16', '--seed', '0']
IN_PROCESS = [
    'train_dataloader.num_workers=0',
    'train_dataloader.persistent_workers=False',
    'val_dataloader.num_workers=0',
]
TRAIN = ['train', CONFIG, '--work-dir', 'work', '--cfg-options', 'train_cfg.max_epochs=1', *IN_PROCESS]


def main() -> None:
    argparse.ArgumentParser(description=__doc__, epilog='example: python benchmarks/openmmlab_used.py').parse_args()
    import unipose.registration  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        for name in ('configs', 'teachers'):
            (Path(folder) / name).symlink_to(ROOT / name)
        os.chdir(folder)
        with open(os.devnull, 'w') as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
            called = _functions_of(DATA, TRAIN)
        os.chdir(ROOT)
    print('| package | of | files | functions | lines |\n| --- | --- | ---: | ---: | ---: |')
    for package in PACKAGES:
        parts = defaultdict(set)
        for code in called[package]:
            parts[_folder_in(code, package)].add(code)
        whole = [file for file in _folder(package).rglob('*.py') if '.mim' not in file.parts]
        lines = sum(len(file.read_text(encoding='utf-8').splitlines()) for file in whole)
        print(f'| {package} | all of it | {len(whole)} | | {lines} |')
        print(_row('', 'run', called[package]))
        for part, codes in sorted(parts.items()):
            print(_row('', f'`{part}`', codes))


def _functions_of(*commands: list[str]) -> dict[str, set[CodeType]]:
    """Functions of each package that commands call; class bodies and what runs on import are none."""
    from unipose.commands.main import main as unipose

    folders = {str(_folder(package)) + os.sep: package for package in PACKAGES}
    called = {package: set() for package in PACKAGES}

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == 'call' and code.co_flags & 1 and not code.co_name.startswith('<'):
            for folder, package in folders.items():
                if code.co_filename.startswith(folder):
                    called[package].add(code)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        for command in commands:
            if unipose(command):
                raise SystemExit(f'unipose {" ".join(command)} failed')
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return called


def _folder(package: str) -> Path:
    return Path(sys.modules[package].__file__).parent


def _folder_in(code: CodeType, package: str) -> str:
    parts = Path(code.co_filename).relative_to(_folder(package)).parts
    return f'{package}.{parts[0].removesuffix(".py")}'


def _row(package: str, of: str, codes: set[CodeType]) -> str:
    files = {code.co_filename for code in codes}
    lines = {(code.co_filename, line) for code in codes for *_, line in code.co_lines() if line}
    return f'| {package} | {of} | {len(files)} | {len(codes)} | {len(lines)} |'


if __name__ == '__main__':
    main()
