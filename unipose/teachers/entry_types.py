"""Whether the values of a teacher's entry are of the kinds that they must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_MAPPINGS = dict(
    window='dict(size=(192, 256), input_size=(192, 256))',
    adapter='dict(offset=(0.0, 0.0))',
    aliases="dict(neck='upper_neck')",
    outputs="dict(heatmaps='Identity_2')",
    derived="dict(pelvis=('left_hip', 'right_hip'))",
)
_FILES = ('onnx', 'transformers')
_OF_WINDOW = ('size', 'input_size', 'udp')


def check_types(entry: Mapping[str, Any], where: str) -> None:
    """Makes sure that what is read as a dict, a name or a list of names is one.

    Args:
        entry: A teacher's entry.
        where: Whose it is, for messages.

    Raises:
        ValueError: If a value is something else, a window has unknown keys or sizes that are none, or there is a view.
    """
    if 'view' in entry:
        raise ValueError(
            f"{where} has unknown keys ['view']: what it sees of the canvas is window=dict(size=..., input_size=..., "
            'udp=...), size what was window'
        )
    for key, example in _MAPPINGS.items():
        if entry.get(key) and not isinstance(entry[key], Mapping):
            raise ValueError(f'{where}: {key} is a dict, such as {key}={example}. Got: {entry[key]!r}')
    for key in _FILES:
        if entry.get(key) and not isinstance(entry[key], str | Path):
            raise ValueError(f'{where}: {key} is the path of its network, or a name. Got: {entry[key]!r}')
    if entry.get('output') and not isinstance(entry['output'], str | Mapping):
        raise ValueError(
            f"{where}: output is a kind of output or a dict, such as output=dict(type='heatmaps', sigma=2.0). Got: "
            f'{entry["output"]!r}'
        )
    for role, name in (entry.get('outputs') or {}).items():
        if not isinstance(name, str):
            raise ValueError(f"{where}: outputs has the file's own names, {role}=... Got: {name!r}")
    names = entry.get('keypoints')
    if names is not None and not (_is_list(names) and all(isinstance(name, str) for name in names)):
        raise ValueError(f'{where}: keypoints is a list of names. Got: {names!r}')
    for point, ends in (entry.get('derived') or {}).items():
        if not (_is_list(ends) and len(ends) == 2):
            example = _MAPPINGS['derived']
            raise ValueError(f'{where}: derived has two keypoints for each point, {example}. Got: {point}={ends!r}')
    _check_window(entry.get('window') or {}, where)


def _check_window(window: Mapping[str, Any], where: str) -> None:
    unknown = sorted(map(str, set(window) - set(_OF_WINDOW)))
    if unknown:
        raise ValueError(f'{where}: window has unknown keys {unknown}; there are {list(_OF_WINDOW)}')
    for key in ('size', 'input_size'):
        size = window.get(key)
        if size is not None and not (_is_list(size) and len(size) == 2 and all(map(_is_side, size))):
            raise ValueError(f'{where}: {key} of window is (width, height), whole pixels. Got: {size!r}')
    if not isinstance(window.get('udp', False), bool):
        raise ValueError(f'{where}: udp of window must be True or False. Got: {window["udp"]!r}')


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_side(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
