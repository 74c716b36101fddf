"""What a run needs and does not find, all at once, each with what gets it."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from unipose.checkpoints.licences import starts
from unipose.checkpoints.loading import resolve_checkpoint
from unipose.checkpoints.locate import guide, home
from unipose.checkpoints.manifest import find_entry
from unipose.checkpoints.status import check_entry
from unipose.commands.doctor import Finding, find_devices, next_steps
from unipose.files import check_writable
from unipose.teachers.networks import kind_of_entry
from unipose.teachers.networks.hub_folder import local_folder

from .people import MADE, People, SourcePeople, sources_of
from .setting import Setting

_PACKAGES = {
    'onnx': "pip install 'unipose-distill[export]'",
    'onnxscript': "pip install 'unipose-distill[export]'",
    'onnxruntime': 'pip install onnxruntime',
    'yaml': 'pip install pyyaml',
}


def find_needs(setting: Setting, people: People) -> list[Finding]:
    """Looks for data, weights, packages and a device.

    Args:
        setting: The run.
        people: What :func:`unipose.commands.full_run.people.count_people` found.
    """
    found = [
        *_data(setting, people),
        *_annotations_of_metrics(setting),
        *(finding for name, entry in setting.teachers.items() for finding in _teacher(name, entry)),
        *_first_weights(setting),
        *_packages(),
        *_device(),
    ]
    try:
        check_writable(setting.ledger)
    except OSError as error:
        found.append(Finding(str(error), 'missing', 'give another --work-dir'))
    unique = {finding.text: finding for finding in found}  # validation and test mostly name the same
    return list(unique.values())


def find_room(setting: Setting, needed: float) -> Finding:
    """Whether the disk holds what is to be written yet.

    Args:
        setting: The run.
        needed: Bytes.
    """
    folder = next(path for path in (setting.work_dir.absolute(), *setting.work_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    text = f'disk of {setting.work_dir}: {free / 1e9:.1f} GB free, {needed / 1e9:.1f} GB to write'
    if needed < free:
        return Finding(text)
    steps = ['give a --work-dir on a larger disk']
    steps += ['--crop-format jpeg'] * (setting.crop_format == 'raw')
    steps += [f'fewer --views than {setting.views}', '--once'] * (setting.views is not None)
    return Finding(text, 'missing', ', or '.join(steps))


def format_findings(findings: Sequence[Finding]) -> str:
    """Findings as lines, then what to do about them, numbered."""
    steps = next_steps(findings)
    return '\n'.join([*map(str, findings), *['', 'To do:'] * bool(steps), *steps])


def _data(setting: Setting, people: People) -> Iterator[Finding]:
    for phase, of_phase in (('train', people.train), ('val', people.val), ('test', people.test)):
        for name, found in of_phase.items():
            dataset = sources_of(setting.config, phase)[name].dataset
            yield from _source(f'{phase} source {name}', dataset, found)


def _source(what: str, dataset: Mapping[str, Any], found: SourcePeople) -> Iterator[Finding]:
    number = 'people unknown' if found.number is None else f'{found.number:,} people'
    if not found.problems:
        yield Finding(f'{what}: {number}')
        return
    assumed = ', as in the published file' if found.assumed else ''
    yield Finding(
        f'{what} ({number}{assumed}) lacks {", ".join(found.problems)}', 'missing', _remedy(dataset.get('data_root'))
    )


def _remedy(root: str | None) -> str:
    name = Path(root or '').name
    parts = [part for part in Path(root or '').parts if part in MADE]
    if parts:
        return f'{MADE[parts[-1]]}    (makes data/{parts[-1]})'
    return (
        f'put or link {name or "the data"} to {root}: {guide("data/README.md")}, section "Where they come from", has '
        'addresses and sizes'
    )


def _annotations_of_metrics(setting: Setting) -> Iterator[Finding]:
    for phase in ('val', 'test'):
        sources = sources_of(setting.config, phase)
        for name, metrics in ((setting.config.get(f'{phase}_evaluator') or {}).get('metrics') or {}).items():
            for metric in metrics if isinstance(metrics, Sequence) else [metrics]:
                file = metric and metric.get('ann_file')
                if name in sources and file and not Path(file).is_file():
                    remedy = _remedy(sources[name].dataset.get('data_root'))
                    yield Finding(f'metric of {name}: ann_file {file}', 'missing', remedy)


def _teacher(name: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    kind = kind_of_entry(entry, f'teacher {name!r}')
    files = {'config': entry.get('config'), 'calibration': entry.get('calibration')}
    for what, file in files.items():
        if file and found_weights(file) is None:
            yield Finding(f'teacher {name}: {what} {file}', 'missing', f'correct model.teachers.{name}.{what}')
    yield _weights(f'teacher {name}', str(entry[kind.weights_key]), is_folder=kind.key == 'transformers')


def _first_weights(setting: Setting) -> Iterator[Finding]:
    taught_by = {str(entry.get('checkpoint')) for entry in setting.teachers.values()}
    for part, file in starts(setting.config):
        if '://' in file or file in taught_by:
            continue
        found = _weights(f"the student's {part} starts from", file)
        advice = f', or begin with random ones: --cfg-options model.{part}.init_cfg=None'
        yield Finding(found.text, found.state, found.next_step and found.next_step + advice)


def _weights(what: str, file: str, is_folder: bool = False) -> Finding:
    path = found_weights(file, is_folder)
    if path is None and is_folder:
        return Finding(f'{what}: {file} is no folder here; the Hugging Face Hub is asked for it', 'note')
    entry = find_entry(file)
    if entry is None:
        step = None if path else f'put {file} there, or name another file in the config'
        return Finding(f'{what}: {file}', 'ok' if path else 'missing', step)
    status, said = check_entry(entry, (path or home() / file).parent)
    if status in ('present', 'unchecked'):
        return Finding(f'{what}: {file}')
    return Finding(f'{what}: {file}{": " * bool(said)}{said}', 'missing', entry.remedy)


def found_weights(file: str, is_folder: bool = False) -> Path | None:
    """Where weights that a config names are; None where they are missing.

    Args:
        file: A file, or a model of Transformers by folder or id.
        is_folder: Whether it is the latter.
    """
    if is_folder:
        return local_folder(file)
    try:
        return resolve_checkpoint(file)
    except FileNotFoundError:
        return None


def _packages() -> Iterator[Finding]:
    for name, command in _PACKAGES.items():
        if importlib.util.find_spec(name) is None:
            yield Finding(f'package {name}, which the last steps need', 'missing', command)


def _device() -> Iterator[Finding]:
    devices = list(find_devices())
    yield from devices
    if not any(finding.text.startswith('cuda') for finding in devices):
        cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()
        yield Finding(f'no GPU: {cores} CPU cores compute everything; the table below says how long', 'note')
