"""What a teacher's entry in a config says, and whether it fits together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from unipose.checkpoints.loading import sha256_file
from unipose.checkpoints.locate import locate_file
from unipose.simcc import PaddedWindow, Window
from unipose.skeletons import Skeleton, load_skeleton

from .calibration import Calibration
from .networks import NETWORKS, Crop, Network, kind_of_entry

LOSS_WEIGHT_KEYS = ('weight', 'feature_weight', 'schedule')
"""What the distiller reads of a teacher's entry; the rest describes the teacher."""
_OF_ALL = (
    *('skeleton', 'keypoints', 'derived', 'aliases', 'window', 'padding', 'blackout', 'adapter', 'confidence'),
    *('calibration', 'license'),
)


def skeleton_of_entry(entry: Mapping[str, Any], where: str) -> Skeleton:
    """The keypoints that the network of an entry predicts, in its own order.

    Raises:
        ValueError: If neither the entry nor the network says them, or they say different ones.
    """
    own = kind_of_entry(entry, where).skeleton_of_entry(entry, where)
    if not entry.get('skeleton'):
        if own is None:
            raise ValueError(f"{where} lacks ['skeleton']: the keypoints that it predicts, such as 'coco'")
        return own
    named = load_skeleton(entry['skeleton'])
    if own is not None and own.names != named.names:
        raise ValueError(
            f'{where}: its file says that it predicts {", ".join(own.names)}; skeleton={entry["skeleton"]!r} has '
            f'{", ".join(named.names)}. Leave skeleton out'
        )
    return named


def taught_skeleton(entry: Mapping[str, Any], where: str) -> Skeleton:
    """Those of the keypoints of :func:`skeleton_of_entry` that an entry picks, in the order of its ``keypoints``.

    Raises:
        ValueError: If it picks others.
    """
    return picked(skeleton_of_entry(entry, where), entry, where)


def picked(own: Skeleton, entry: Mapping[str, Any], where: str) -> Skeleton:
    """Those of a network's own keypoints that an entry picks; the same skeleton where it picks none.

    Raises:
        ValueError: If it picks others.
    """
    names = entry.get('keypoints')
    if names is None:
        return own
    try:
        return own.select(names)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from None


def window_of_entry(entry: Mapping[str, Any], student_window: Window, name: str = '') -> Window | PaddedWindow:
    """What the teacher of a config entry sees of the canvas, as far as possible without its weights.

    Args:
        entry: See :meth:`Teacher.from_entry`.
        student_window: What the student sees.
        name: The entry's key, for messages.

    Raises:
        ValueError: If the window is not of whole pixels or of the right aspect ratio, or there is no network.
        FileNotFoundError: If a file of the teacher is missing.
    """
    where = f'teacher {name!r}' if name else 'a teacher'
    return window_at(entry, kind_of_entry(entry, where).crop_of_entry(entry, where), student_window, where)


def window_at(entry: Mapping[str, Any], crop: Crop, student_window: Window, where: str) -> Window | PaddedWindow:
    """What the teacher of an entry sees of the canvas, as :func:`window_of_entry` for a network's own ``crop``."""
    given, padding = dict(entry.get('window') or {}), entry.get('padding')
    input_size, udp = tuple(given.get('input_size') or crop.input_size), given.get('udp', crop.udp)
    if padding is not None and not isinstance(padding, Mapping):
        raise ValueError(
            f'{where}: padding is said for each source: padding=dict(coco=1.5, mpii=1.25). Got: {padding!r}'
        )
    if padding is not None and given.get('size'):
        raise ValueError(f'{where}: how much it sees is said by size of window and by padding; leave out one of them')
    try:
        if padding is not None:
            return PaddedWindow(input_size, dict(padding), student_window, udp)
        if given.get('size'):
            return Window(tuple(given['size']), input_size, udp)
        return Window.at_scale_of(student_window, input_size, udp)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from None


def checked_kind(entry: Mapping[str, Any], where: str) -> type[Network]:
    """The kind of network that an entry names.

    Raises:
        ValueError: If keys are missing, unknown, or mean nothing for this kind.
    """
    kind = kind_of_entry(entry, where)
    missing = [key for key in kind.required if not entry.get(key)]
    known = {kind.key, *kind.required, *kind.optional, *_OF_ALL}
    foreign = {key: [of for of, other in NETWORKS.items() if key in other.optional] for key in set(entry) - known}
    foreign = {key: kinds for key, kinds in foreign.items() if kinds}
    unknown = sorted(set(entry) - known - set(foreign))
    if missing or unknown:
        faults = [f'lacks {missing}'] * bool(missing) + [f'has unknown keys {unknown}'] * bool(unknown)
        raise ValueError(
            f'{where} {" and ".join(faults)}. An entry with {kind.key!r} has {[kind.key, *kind.required]} and '
            f'optionally weight, schedule, feature_weight, {", ".join((*kind.optional, *_OF_ALL))}. Is the name of '
            'this entry misspelt? A teacher is removed by NAME=None'
        )
    for key, kinds in sorted(foreign.items()):
        if entry[key] not in (None, False):
            raise ValueError(
                f'{where}: {key} means nothing for an entry with {kind.key!r}, only for one with '
                f'{" or ".join(map(repr, kinds))}; leave it out'
            )
    return kind


def trust_of_entry(entry: Mapping[str, Any], digest: str, where: str) -> Callable[[Tensor], Tensor]:
    """From raw confidence to the factor in a target's weight.

    Args:
        entry: The entry; ``confidence`` and ``calibration`` are read.
        digest: SHA-256 of the teacher's weights.
        where: Whose it is, for messages.

    Raises:
        ValueError: If they contradict each other, or the calibration is of other weights.
        FileNotFoundError: If there is no such calibration.
    """
    confidence, calibration = entry.get('confidence', True), entry.get('calibration')
    if not isinstance(confidence, bool):
        raise ValueError(f'{where}: confidence must be True or False. Got: {confidence!r}')
    if calibration and not isinstance(calibration, str | Path):
        raise ValueError(f'{where}: calibration is the path of a file that was measured. Got: {calibration!r}')
    if calibration and not confidence:
        raise ValueError(
            f'{where}: calibration says what its confidence is worth, and confidence=False leaves that out of its '
            'targets; give one or the other'
        )
    if calibration:
        return Calibration.load(calibration, digest)
    return _clamped if confidence else torch.ones_like


def facts_of_entry(
    entry: Mapping[str, Any], network: Network, skeleton: Skeleton, window: Window | PaddedWindow
) -> dict[str, Any]:
    """What a teacher's targets depend on; precision and fusion change them by less than their tolerance."""
    calibration = entry.get('calibration')
    seen = dict(window=window.size) if isinstance(window, Window) else dict(paddings=dict(window.paddings))
    return dict(
        checkpoint=network.weights.sha256,
        **network.facts,
        skeleton=skeleton.names,
        aliases=dict(entry.get('aliases') or {}),
        # in the words of stores that lie on disks, which another name would have refused
        view=dict(seen, input_size=window.input_size, **(dict(udp=True) if window.udp else {})),
        adapter=dict(entry.get('adapter') or {}),
        confidence=entry.get('confidence', True),
        calibration=sha256_file(locate_file(calibration, 'calibration')) if calibration else None,
        **{key: entry[key] for key in ('blackout', 'derived') if entry.get(key)},
    )


def _clamped(confidence: Tensor) -> Tensor:
    return confidence.clamp(0.0, 1.0)
