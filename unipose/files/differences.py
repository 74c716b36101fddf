"""Where two nested descriptions differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SHOWN = 60  # characters of a value
_LINES = 8


def differences(stored: Any, wanted: Any, names: tuple[str, str] = ('stored', 'wanted')) -> list[str]:
    """Lists what differs between two descriptions made of mappings, sequences and plain values.

    Args:
        stored: One of them.
        wanted: The other.
        names: What to call the two.

    Returns:
        A line for each difference, with its place.

    >>> differences(dict(scale=[0.6, 1.4], flip=True), dict(scale=[0.5, 1.4], flip=True), ('cache', 'config'))
    ['scale[0]: cache 0.6, config 0.5']
    """
    return [
        f'{place or "all"}: {names[0]} {_short(first)}, {names[1]} {_short(second)}'
        for place, first, second in _differing(stored, wanted, '')
    ]


def listed(found: list[str]) -> str:
    """The first few of :func:`differences`, each on a line of its own, to stand behind a message."""
    shown = found[:_LINES] + [f'... {len(found) - _LINES} more'] * (len(found) > _LINES)
    return ''.join(f'\n  - {line}' for line in shown)


class _Nothing:
    def __repr__(self) -> str:
        return 'has none'


def _differing(first: Any, second: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for key in dict.fromkeys([*first, *second]):
            inner = f'{place}.{key}' if place else str(key)
            yield from _differing(first.get(key, _Nothing()), second.get(key, _Nothing()), inner)
    elif isinstance(first, list | tuple) and isinstance(second, list | tuple):
        for number in range(max(len(first), len(second))):
            pair = (list(values)[number] if number < len(values) else _Nothing() for values in (first, second))
            yield from _differing(*pair, f'{place}[{number}]')
    elif first != second:
        yield place, first, second


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f'{text[: _SHOWN - 3]}...'
