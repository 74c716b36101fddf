"""The rows of a label file: a person each."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unipose.files.remark import Remark

from .data_yaml import DataYaml

_SLACK = 0.01  # beyond 0 to 1, as Ultralytics allows


class LabelRow(NamedTuple):
    """A row of labels.

    Args:
        box: ``[4]``, centre x, y, width, height, as shares of the image's.
        keypoints: ``[K, 3]``, x, y as such shares, and v: 0, 0, 0 where not labelled.
    """

    box: np.ndarray
    keypoints: np.ndarray


def read_rows(file: Path, name: str, data: DataYaml, classes: Collection[int]) -> tuple[list[LabelRow], list[Remark]]:
    """Reads a label file; one that is missing or empty is of an image without people.

    Args:
        file: The file.
        name: What to call it in remarks.
        data: What its dataset's rows hold.
        classes: Numbers of the classes whose rows are people.

    Returns:
        People, and remarks: ``broken-row`` for a row that cannot be read, ``left-out`` for one of another class,
        ``person-twice`` for one that repeats another and is left out, too, as Ultralytics does.
    """
    people: dict[tuple[float, ...], tuple[int, LabelRow]] = {}
    remarks = []
    lines = file.read_text(encoding='utf-8-sig', errors='replace').splitlines() if file.is_file() else []
    for number, line in enumerate(lines, start=1):
        fields = line.split()
        if not fields:
            continue
        where = f'{name}:{number}'
        try:
            values = tuple(_numbers(fields))
            if values[0] not in data.names:
                raise ValueError(f'is of class {fields[0]}, and classes are {dict(data.names)}')
            if values[0] not in classes:
                remarks.append(Remark('left-out', where, f'class {data.names[values[0]]}'))
                continue
            person = _person(values, data)
        except ValueError as error:
            remarks.append(Remark('broken-row', where, str(error)))
            continue
        first, _ = people.setdefault(values, (number, person))
        if first != number:
            remarks.append(Remark('person-twice', where, f'repeats line {first}; it is read once'))
    return [person for _, person in people.values()], remarks


def _numbers(fields: list[str]) -> list[float]:
    try:
        values = [float(field) for field in fields]
    except ValueError as error:
        raise ValueError(f'has something else than numbers: {error}') from error
    if not all(map(math.isfinite, values)):
        raise ValueError('has a number that is not finite')
    return values


def _person(values: tuple[float, ...], data: DataYaml) -> LabelRow:
    if len(values) != data.columns:
        raise ValueError(_wrong_columns(len(values), data))
    box = np.array(values[1:5])
    keypoints = np.array(values[5:]).reshape(data.num_keypoints, -1)
    if data.has_visibility:
        labelled = keypoints[:, 2] != 0
    else:  # nobody is labelled at exactly 0, 0; Ultralytics has negative numbers for it
        labelled = (keypoints >= 0).all(1) & (keypoints != 0).any(1)
        keypoints = np.concatenate([keypoints, np.full((len(keypoints), 1), 2.0)], 1)
    keypoints = keypoints * labelled[:, None]
    beyond = [f'{value:g}' for value in (*box, *keypoints[:, :2].ravel()) if not -_SLACK <= value <= 1 + _SLACK]
    if beyond:
        what = ', pixels?' if any(abs(float(value)) > 2 for value in beyond) else ''
        raise ValueError(f'has {", ".join(beyond[:3])}{what}; all are shares of width and height, 0 to 1')
    if (keypoints[:, 2] < 0).any():
        raise ValueError('has a negative visibility; 0 is not labelled, 1 hidden, 2 visible')
    return LabelRow(box, keypoints)


def _wrong_columns(given: int, data: DataYaml) -> str:
    number, of_each = data.num_keypoints, 2 + data.has_visibility
    likely = {
        5: 'a box without keypoints',
        data.columns + 1: 'a score behind it, as predictions have',
        5 + number * (5 - of_each): f'keypoints of {5 - of_each} numbers: kpt_shape: [{number}, {5 - of_each}]?',
    }
    outline = 'the outline of a segmentation' if given % 2 else ''
    guess = likely.get(given) or outline
    wanted = f'{data.columns}: class, box, and {number} keypoints of {of_each} (kpt_shape)'
    return f'has {given} numbers{f", {guess}" if guess else ""}, not {wanted}'
