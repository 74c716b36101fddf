"""How many people each source of a config has, as far as that is known before everything is in place."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

from unipose.batches.spread import spread
from unipose.datasets.source import Source, missing_files

KNOWN = {
    'person_keypoints_train2017.json': 149_813,
    'person_keypoints_val2017.json': 6_352,
    'mpii_train.json': 22_246,
    'mpii_val.json': 2_958,
}
"""People that MMPose's datasets read from the annotation files of COCO and MPII."""
MADE = {'demo': 'unipose demo', 'demo_teachers': 'make demo-teachers'}
"""Folders of data/ that a command makes."""
_LOOKED_AT = 64  # images of a source that are looked for


@dataclass(frozen=True)
class SourcePeople:
    """People of one source.

    Args:
        number: How many; None where nothing says it.
        assumed: Whether that is what the published file has, and the file is missing.
        source: The source as it is read; None where its annotations are missing.
        pictures: Whether its images are in place.
        problems: What is missing of it, in words.
    """

    number: int | None
    assumed: bool
    source: Source | None
    pictures: bool
    problems: tuple[str, ...]


@dataclass(frozen=True)
class People:
    """People of a config.

    Args:
        train: By source, with ratios.
        val: By source, of the validation in training.
        test: By source.
        loading: Seconds that reading the training annotations took.
    """

    train: Mapping[str, SourcePeople]
    val: Mapping[str, SourcePeople]
    test: Mapping[str, SourcePeople]
    ratios: Mapping[str, float] = field(default_factory=dict)
    loading: float = 0.0

    @property
    def num_train(self) -> int:
        """Training samples."""
        return sum(people.number or 0 for people in self.train.values())

    @property
    def drawn(self) -> float:
        """Samples that an epoch draws."""
        return sum(self.ratios[name] * (people.number or 0) for name, people in self.train.items())

    @property
    def num_val(self) -> int:
        """People of a validation."""
        return sum(people.number or 0 for people in self.val.values())


def count_people(config: Config) -> People:
    """Reads the annotations that are there.

    Args:
        config: Training config.

    Raises:
        ValueError: If annotations that are there cannot be read.
    """
    init_default_scope(config.get('default_scope', 'mmpose'))
    known: dict[str, SourcePeople] = {}
    began = time.perf_counter()
    train = _of_loader(config, 'train', known)
    loading = time.perf_counter() - began
    val, test = (_of_loader(config, phase, known) for phase in ('val', 'test'))
    given = config.train_dataloader.dataset.sources
    ratios = {name: given[name].get('ratio', 1.0) for name in train}
    return People(train, val, test, ratios, loading)


def sources_of(config: Config, phase: str) -> dict[str, Any]:
    """Sources of a config's ``train``, ``val`` or ``test`` dataset, by name."""
    dataset = (config.get(f'{phase}_dataloader') or {}).get('dataset') or {}
    return {name: source for name, source in (dataset.get('sources') or {}).items() if source}


def _of_loader(config: Config, phase: str, known: dict[str, SourcePeople]) -> dict[str, SourcePeople]:
    found = {}
    for name, source in sources_of(config, phase).items():
        key = f'{phase == "train"} {name} {dict(source)}'  # validation and test mostly read the same
        if key not in known:
            known[key] = _of_source(config, name, source, phase != 'train')
        found[name] = known[key]
    return found


def _of_source(config: Config, name: str, given: Mapping[str, Any], test_mode: bool) -> SourcePeople:
    dataset = given['dataset']
    missing = missing_files(dataset)
    no_images = [what for what in missing if what.startswith('image folder')]
    if len(missing) > len(no_images):
        made = set(Path(dataset.get('data_root') or '').parts) & set(MADE)
        number = None if made else KNOWN.get(Path(dataset.get('ann_file') or '').name)
        return SourcePeople(number, number is not None, None, False, tuple(missing))
    # people are counted without their images, too
    read = dict(dataset, data_prefix=dict(img='')) if no_images else dataset
    loader = config.train_dataloader if not test_mode else config.get('val_dataloader') or config.test_dataloader
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
        whole = DATASETS.build(
            dict(loader.dataset, sources={name: dict(given, dataset=read)}, pipeline=[], test_mode=test_mode)
        )
    source = whole.sources[0]
    problems = [*no_images]
    if not no_images:
        shown = [source[index]['img_path'] for index in spread(len(source), _LOOKED_AT).tolist()]
        lost = [path for path in dict.fromkeys(shown) if not Path(path).is_file()]
        problems += [f'{len(lost)} of {len(set(shown))} images looked for, such as {lost[0]}'] if lost else []
    return SourcePeople(len(source), False, source, not problems, tuple(problems))
