"""Whether the keypoints that `data.yaml` describes are those of a skeleton."""

from __future__ import annotations

from collections.abc import Sequence

from unipose.skeletons import Skeleton
from unipose.skeletons.plain_name import plain_name

from .data_yaml import DataYaml

_SHOWN = 4


def differences(data: DataYaml, skeleton: Skeleton, classes: Sequence[int]) -> list[str]:
    """In what ``kpt_shape``, ``flip_idx`` and ``kpt_names`` are not the skeleton's; nothing where they are.

    Args:
        data: What the file says.
        skeleton: What it should say.
        classes: Numbers of the classes that are people.
    """
    if data.num_keypoints != len(skeleton):
        return [
            f'kpt_shape says {data.num_keypoints} keypoints, skeleton {skeleton.name!r} has {len(skeleton)}: '
            f'{list(skeleton.names)}'
        ]
    found = []
    flips = _wrong_flips(data.flip_idx, skeleton)
    if flips:
        found.append(f'flip_idx is not the swaps of skeleton {skeleton.name!r}, correct the wrong one: {_few(flips)}')
    for number in classes:
        names = _wrong_names(data.kpt_names.get(number), skeleton)
        if names:
            found.append(f'kpt_names of {data.names[number]}, counted from 0: {_few(names)}')
    return found


def _few(wrong: Sequence[str]) -> str:
    return '; '.join([*wrong[:_SHOWN], *([f'{len(wrong) - _SHOWN} more'] if len(wrong) > _SHOWN else [])])


def _wrong_flips(flip_idx: Sequence[int] | None, skeleton: Skeleton) -> list[str]:
    if flip_idx is None:
        return []
    if len(flip_idx) != len(skeleton):
        return [f'{len(flip_idx)} keypoints, not {len(skeleton)}']
    named = dict(enumerate(skeleton.names))
    return [
        f'{i} {named[i]} by {given} {named.get(given, "(there is none)")}, not {right} {named[right]}'
        for i, (given, right) in enumerate(zip(flip_idx, skeleton.flip_indices))
        if given != right
    ]


def _wrong_names(names: Sequence[str] | None, skeleton: Skeleton) -> list[str]:
    if names is None:
        return []
    if len(names) != len(skeleton):
        return [f'there are {len(names)}, not {len(skeleton)}']
    return [
        f'{i} is {given}, {name} in the skeleton'
        for i, (given, published, name) in enumerate(zip(names, skeleton.published, skeleton.names))
        if plain_name(given) not in (plain_name(published), plain_name(name))
    ]
