"""Says what is installed, patched, in place and missing, and the exact next step: `unipose doctor`.

It works without torch and without OpenMMLab; then it says how to get them.
"""

import importlib
import os
import platform
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import unipose
from unipose import compat
from unipose.checkpoints.locate import REPOSITORY, guide
from unipose.compat.pins import version
from unipose.compat.required import OPENMMLAB, install_commands

DISTRIBUTIONS = ('torch', 'torchvision', 'mmengine', 'mmpose', 'mmdet', 'numpy', 'pycocotools', 'albumentations')
MMCV = {'mmcv': 'with its compiled operators', 'mmcv-lite': 'without compiled operators'}
OPENCV = ('opencv-python-headless', 'opencv-python', 'opencv-contrib-python-headless', 'opencv-contrib-python')

# What configs read, relative to data/. A name that ends in / is a folder of images.
DATASETS = {
    'coco': (
        'annotations/person_keypoints_train2017.json',
        'annotations/person_keypoints_val2017.json',
        'train2017/',
        'val2017/',
    ),
    'mpii': (
        'annotations/mpii_train.json',
        'annotations/mpii_val.json',
        'annotations/mpii_gt_val.mat',
        'images/',
    ),
    'aic': (
        'annotations/aic_train.json',
        'annotations/aic_val.json',
        'ai_challenger_keypoint_train_20170902/keypoint_train_images_20170902/',
        'ai_challenger_keypoint_validation_20170911/keypoint_validation_images_20170911/',
    ),
    'halpe': ('annotations/halpe_val_v1.json',),  # of COCO's pictures
    'crowdpose': ('annotations/mmpose_crowdpose_test.json', 'images/'),
}
# What reads them; all else does without.
OPTIONAL_DATASETS = {
    'aic': 'configs with aic in their names',
    'halpe': 'configs/sources/halpe.py',
    'crowdpose': 'configs/sources/crowdpose.py',
}
DETECTED_BOXES = 'coco/person_detection_results/COCO_val2017_detections_AP_H_56_person.json'
_MARKS = {'ok': 'ok     ', 'missing': 'MISSING', 'note': 'note   '}


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        text: What was found.
        state: 'ok', 'missing' or 'note'.
        next_step: What to do about it; None if nothing.
    """

    text: str
    state: str = 'ok'
    next_step: str | None = None

    def __str__(self) -> str:
        return f'{_MARKS[self.state]}  {self.text}'


def examine(data_root: Path, teachers_dir: Path) -> tuple[dict[str, list[Finding]], bool]:
    """Look at everything.

    Args:
        data_root: Folder that holds `coco`, `mpii`, `aic` and `demo`.
        teachers_dir: Folder that holds the weight files.

    Returns:
        The findings by heading, and whether the training stack imports.
    """
    stack, works = find_stack()
    return {
        'Machine': [Finding(f'Python {platform.python_version()}, {platform.platform()}'), *find_devices()],
        'Packages': [*find_versions(), *stack],
        'Patches in force': find_patches(),
        f'Data in {data_root}': [*find_datasets(data_root), find_demo_data(data_root)],
        f'Teachers in {teachers_dir}': [*find_weights(teachers_dir), find_demo_teachers(teachers_dir)],
    }, works


def find_versions() -> Iterator[Finding]:
    """Versions by distribution, without importing any."""
    for name in DISTRIBUTIONS:
        found = version(name)
        tested = OPENMMLAB.get(name, '').partition('==')[2]
        if found and tested and found != tested:
            yield Finding(f'{name} {found}; {tested} is what is tested', 'note')
        elif found:
            yield Finding(f'{name} {found}')
        elif name == 'torchvision':
            yield Finding('torchvision is not installed; nothing here needs it', 'note')
        else:
            yield Finding(f'{name} is not installed', 'missing')
    if other := version('unipose'):
        text = f'unipose {other} is another distribution than this, unipose-distill, whose files it may overwrite'
        yield Finding(text, 'note', 'pip uninstall unipose, then install unipose-distill again')
    yield from _one_of('mmcv', [f'{name} {found} ({kind})' for name, kind in MMCV.items() if (found := version(name))])
    yield from _one_of('OpenCV', [f'{name} {found}' for name in OPENCV if (found := version(name))])


def _one_of(name: str, found: list[str]) -> Iterator[Finding]:
    if not found:
        yield Finding(f'{name} is not installed', 'missing')
    elif len(found) == 1:
        yield Finding(found[0])
    else:
        yield Finding(' and '.join(found) + ' overwrite each other', 'note', f'Keep one of: {", ".join(found)}')


def find_stack() -> tuple[list[Finding], bool]:
    """Import what training imports.

    Returns:
        What came of it, and whether it worked.
    """
    commands = install_commands()
    if commands:
        return [Finding('the training stack is not complete', 'missing', ' && '.join(commands))], False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always', compat.CompatWarning)
        try:
            importlib.import_module('unipose.registration')
        # Whatever goes wrong in there, the doctor is the one that has to say so.
        except Exception as error:
            text = f'the training stack does not import. {type(error).__name__}: {error}'
            return [Finding(text, 'missing', str(error).rpartition('Run: ')[2] or text)], False
    notes = []
    for warning in caught:
        if issubclass(warning.category, compat.CompatWarning):
            text, _, command = str(warning.message).partition(' Run: ')
            notes.append(Finding(text, 'note', command))
    return [Finding('the training stack imports (unipose.registration)'), *notes], True


def find_patches() -> list[Finding]:
    """Deviations from the installed stack, with their causes."""
    patches = [Finding(f'{patch.name}: {patch.cause}', 'note') for patch in compat.active()]
    return patches or [Finding('none')]


def find_devices() -> Iterator[Finding]:
    """What there is to compute on, and whether it computes in bf16."""
    flags = _cpu_flags()
    native = sorted(flags & {'amx_bf16', 'avx512_bf16', 'bf16'})
    yield Finding(f'CPU: {os.cpu_count()} cores, bf16 {"by " + ", ".join(native) if native else "not in hardware"}')
    try:
        import torch
    except ImportError:
        return
    for index in range(torch.cuda.device_count()):
        with torch.cuda.device(index):
            bf16 = 'with' if torch.cuda.is_bf16_supported() else 'without'
        memory = torch.cuda.get_device_properties(index).total_memory / 2**30
        yield Finding(f'cuda:{index}: {torch.cuda.get_device_name(index)}, {memory:.0f} GiB, {bf16} bf16')
    if torch.backends.mps.is_available():
        yield Finding('mps: Apple GPU')
    if not hasattr(torch.serialization, 'add_safe_globals'):
        yield Finding(
            f'torch {torch.__version__} cannot load a checkpoint that holds metainfo weights-only',
            'note',
            'Take torch >= 2.4, or export teachers to files that hold a state_dict alone',
        )


def _cpu_flags() -> set[str]:
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8', errors='replace').splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.lower().startswith(('flags', 'features')) for flag in line.split()}


def find_datasets(data_root: Path) -> Iterator[Finding]:
    """The datasets in MMPose's standard layout."""
    for name, parts in DATASETS.items():
        missing = [part for part in parts if not _is_there(data_root / name / part, part.endswith('/'))]
        if not missing:
            images = ', '.join(f'{part} {_images_in(data_root / name / part)}' for part in parts if part.endswith('/'))
            yield Finding(f'{name}: complete' + (f' (images: {images})' if images else ''))
        elif len(missing) == len(parts) and name in OPTIONAL_DATASETS:
            yield Finding(f'{name}: not there, only for {OPTIONAL_DATASETS[name]}', 'note')
        elif len(missing) == len(parts):
            step = f'mkdir -p {data_root} && ln -s /path/to/your/{name} {data_root}/'
            yield Finding(f'{name}: not there', 'missing', f'{step}    ({guide("data/README.md")} tells from where)')
        else:
            step = f'Put into {data_root / name}: {", ".join(missing)}    ({guide("data/README.md")} tells from where)'
            yield Finding(f'{name}: without {", ".join(missing)}', 'missing', step)
    if (data_root / 'coco').exists() and not (data_root / DETECTED_BOXES).is_file():
        yield Finding('coco: no person_detection_results; only ground truth boxes can be scored', 'note')


def _is_there(path: Path, is_folder: bool) -> bool:
    return _images_in(path) > 0 if is_folder else path.is_file()


def _images_in(folder: Path) -> int:
    try:
        with os.scandir(folder) as entries:
            return sum(entry.name.lower().endswith(('.jpg', '.jpeg', '.png')) for entry in entries)
    except OSError:
        return 0


def find_demo_data(data_root: Path) -> Finding:
    """The synthetic people of `unipose demo`."""
    if (data_root / 'demo').is_dir() and any((data_root / 'demo').iterdir()):
        return Finding('demo: there')
    return Finding('demo: not there; `unipose demo` makes it', 'note')


def find_weights(teachers_dir: Path) -> Iterator[Finding]:
    """The published weights that the manifest lists."""
    # No torch in there, but a package that the doctor must not depend on.
    try:
        entries = importlib.import_module('unipose.checkpoints.manifest').load_manifest().values()
        check_entry = importlib.import_module('unipose.checkpoints.status').check_entry
        read_licence = importlib.import_module('unipose.checkpoints.licences').Licence.of
    except (ImportError, AttributeError, OSError, ValueError) as error:
        yield Finding(f'the manifest of weight files cannot be read: {error}', 'note')
        return
    for entry in entries:
        if entry.kind == 'detector':  # not among the teachers, but in a cache of its own
            continue
        licence = read_licence(entry.license)
        asks = '' if licence.conditions == ('attribution',) else f', conditions: {licence.asks}'
        path, name = teachers_dir / entry.file, f'{entry.name} ({entry.license}{asks})'
        try:
            status, said = check_entry(entry, teachers_dir)
        except OSError as error:
            status, said = 'wrong digest', str(error)
        if status == 'missing' and entry.kind == 'optional':
            yield Finding(f'{name}: not there, only for configs that name it', 'note')
        elif status == 'missing':
            yield Finding(f'{name}: not there', 'missing', entry.remedy)
        elif status == 'partial':
            yield Finding(f'{name}: not complete, {said}', 'missing', entry.remedy)
        elif status == 'wrong digest':
            remove = 'rm -r' if entry.hub else 'rm'
            yield Finding(f'{name}: {said}', 'missing', f'{remove} {path} && {entry.remedy}')
        else:
            yield Finding(f'{name}: {path.name}, digest {"right" if status == "present" else "unknown"}')


def find_demo_teachers(teachers_dir: Path) -> Finding:
    """The small weight files of `unipose demo`."""
    files = sorted(
        {path.name for place in (teachers_dir, REPOSITORY / 'teachers') for path in place.glob('demo/*.pth')}
    )
    if files:
        return Finding(f'demo: {", ".join(files)}')
    return Finding('demo: not there', 'missing', 'make demo-teachers')


def next_steps(findings: list[Finding]) -> list[str]:
    """What to do about findings, each once, as numbered lines."""
    steps = dict.fromkeys(finding.next_step for finding in findings if finding.next_step)
    return [f'  {number}. {step}' for number, step in enumerate(steps, start=1)]


def report(findings: dict[str, list[Finding]], works: bool) -> str:
    """Set the findings as text, the next steps last."""
    lines = [f'unipose {unipose.__version__}']
    for heading, items in findings.items():
        lines += ['', heading, *(f'  {item}' for item in items)]
    steps = next_steps([item for items in findings.values() for item in items])
    # A broken stack comes first: nothing else can be tried without it.
    lines += ['', 'Next steps' if steps else 'Nothing is missing.', *steps]
    lines += ['', 'The training stack works.' if works else 'The training stack does not work yet.']
    return '\n'.join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the report, as ``unipose doctor`` does.

    Args:
        arguments: Command line; None for the real one.

    Returns:
        0 if the training stack imports, else 1.
    """
    from unipose.commands.main import run_verb

    return run_verb('doctor', arguments, 'python -m unipose.commands.doctor')


if __name__ == '__main__':
    sys.exit(main())
