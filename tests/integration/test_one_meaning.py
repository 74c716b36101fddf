"""An annotation file means the same to check, training and scoring, or is refused by all three with the same words."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.annotated import base, check, refused, score, source, train, write_pictures

FILES = 300
_ODD = (
    *(None, True, False, 0, 1, 2, -1, 5, 7, 99, 0.0, 0.47, 1.0, 5.5, 1e9, 1e300, 2**70, math.nan, math.inf, -math.inf),
    *('', '0', '1', '5', '9f3c-5-ab', 'person', 'images\\\\1.jpg', 'a%20b.jpg', 'http://[', '\0', '\ud800', [], {}),
    *([0], ['1'], [None] * 4, [50, 30, 200], [50, 30, 200, 180, 0], ['50', '30', '200', '180'], [50, 30, 250, 210]),
    *([400, 30, 9, 9], [0] * 51, [1.5] * 51, [math.nan, math.nan, 0] * 17, [[60, 40, 2]] * 17, {'id': 1}),
)


@pytest.fixture(scope='module')
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('one_meaning') / 'images'
    write_pictures(folder)
    return folder


def places(content: Any, within: tuple = ()) -> list[tuple]:
    """Paths to all values in it."""
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [path for key, value in items for path in [(*within, key), *places(value, (*within, key))]]


def mutate(content: dict[str, Any], rng: np.random.Generator) -> None:
    """Changes something: one value, the same of everybody, an entry, or a whole list."""
    paths = places(content)
    path = paths[rng.integers(len(paths))]
    if rng.random() < 0.7:  # keypoints are most of the values
        path = next((path[:depth] for depth in (3, 2) if len(path) > depth and rng.random() < 0.7), path)
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    key, odd = path[-1], copy.deepcopy(_ODD[rng.integers(len(_ODD))])
    how = rng.integers(6)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    elif how == 2 and len(path) == 3:
        for entry in content[path[0]]:
            if isinstance(entry, dict):
                entry[key] = copy.deepcopy(odd)
    elif how == 3 and type(holder[key]) in (int, float):
        holder[key] = type(holder[key])(holder[key] * rng.choice([-1, 0, 2, 10]))
    elif how == 4:
        holder[key] = str(holder[key])
    else:
        holder[key] = odd


def of_file(faults: list[str]) -> set[str]:
    """Faults of the file itself, without their kinds."""
    pictures = ('missing-image', 'damaged-image')
    return {fault.partition(': ')[2] for fault in faults if not fault.startswith(pictures)}


def as_halpe(content: dict[str, Any]) -> dict[str, Any]:
    """The same people with Halpe's 136 keypoints, or the body's 26; 17 are labelled."""
    for number, person in enumerate(content['annotations']):
        person['keypoints'] += [0] * (3 * (136 if number % 2 else 26) - 51)
        person['num_keypoints'] = 3
    return content


LAYOUTS: dict[str, tuple[Callable[[dict], dict], str, str, str]] = {  # content, dataset, skeleton, metric
    'coco': (lambda content: content, 'CocoDataset', 'coco', 'CocoKeypointMetric'),
    'halpe': (as_halpe, 'HalpeBodyDataset', 'halpe26', 'HalpeKeypointMetric'),
}


def test_a_file_of_halpe_scores_what_it_scores(images: Path, tmp_path: Path) -> None:
    file, content = tmp_path / 'people.json', as_halpe(base())
    del content['annotations'][3]['keypoints']
    content['annotations'][5]['keypoints'][2::3] = [0] * 136
    content['annotations'][7].update(area=None, iscrowd=None)
    file.write_text(json.dumps(content), encoding='utf-8-sig')
    people = source(file, images, type='HalpeBodyDataset') | dict(skeleton='halpe26')
    found = check(people)
    assert found['fault'] == []
    assert [one.partition(':')[0] for one in found['suspicion']] == ['no-area']
    assert train(people) == 10
    assert score(people, file, 'HalpeKeypointMetric')['mine/AP'] == pytest.approx(1.0)


@pytest.mark.parametrize(('layout', 'seed'), [('coco', 0), ('coco', 1), ('coco', 2), ('halpe', 3)])
def test_mutated_files_mean_one_thing(images: Path, tmp_path: Path, layout: str, seed: int) -> None:
    change, kind, skeleton, metric = LAYOUTS[layout]
    rng, wrong = np.random.default_rng(seed), 0
    file = tmp_path / 'people.json'
    people = source(file, images, type=kind) | dict(skeleton=skeleton)
    for number in range(FILES // 3):
        content = change(base())
        for _ in range(rng.integers(1, 4)):
            mutate(content, rng)
        text = json.dumps(content)
        text = text[: rng.integers(len(text))] if number % 50 == 49 else text
        file.write_text(text)
        found: dict[str, list[str]] = {}
        unread = refused(lambda: found.update(check(people)))  # noqa: B023
        faults = [unread] if unread else found['fault']
        by_training, by_scoring = refused(train, people), refused(score, people, file, metric)
        assert bool(faults) == bool(by_training or by_scoring), (text, faults, by_training, by_scoring)
        wrong += bool(faults)
        if by_training or by_scoring and of_file(faults):
            assert by_training == by_scoring, text
            said = {line.removeprefix('  - ') for line in by_scoring.splitlines() if line.startswith('  - ')}
            assert said <= of_file(faults) if said else by_scoring in faults[0], (said, faults)
    assert FILES // 12 < wrong < FILES // 3  # neither are all right, nor all wrong
