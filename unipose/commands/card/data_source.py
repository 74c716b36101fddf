"""The datasets of a run, as its config names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from unipose.checkpoints.locate import home
from unipose.datasets.synthetic.layout import STAMP
from unipose.skeletons import load_skeleton

from .shown import shown_path, shown_skeleton


@dataclass(frozen=True)
class DataSource:
    """A named dataset.

    Args:
        name: Its name in the config.
        type: MMPose's class that reads it.
        skeleton: What it annotates, as the config says.
        keypoints: Names of what it annotates, in the student's terms.
        annotations: Its annotation file.
        ratio: How often each sample is drawn per epoch.
        padding: Factor from a person's box to the student's.
        synthetic: Whether the folder says that its people are synthetic; False where it is not there too.
    """

    name: str
    type: str
    skeleton: str
    keypoints: frozenset[str]
    annotations: str
    ratio: float
    padding: float
    synthetic: bool

    @property
    def title(self) -> str:
        """Its name, and whether its people are synthetic."""
        return f'{self.name} (synthetic people)' if self.synthetic else self.name


def data_sources(config: Config, *loaders: str) -> dict[str, DataSource]:
    """Sources by name, of the first of these dataloaders that the config has."""
    loader = next((config[name] for name in loaders if config.get(name)), {})
    sources = loader.get('dataset', {}).get('sources', {})
    return {name: _source(name, source) for name, source in sources.items() if source}


def names_in_union(skeleton: Any, aliases: Mapping[str, str] | None) -> frozenset[str]:
    """Names of a skeleton's keypoints as the union has them."""
    if skeleton is None:
        return frozenset()
    return frozenset((aliases or {}).get(name, name) for name in load_skeleton(skeleton).names)


def _source(name: str, source: Mapping[str, Any]) -> DataSource:
    dataset, skeleton = source['dataset'], source.get('skeleton')
    root = home() / Path(dataset.get('data_root') or '.').expanduser()
    return DataSource(
        name=name,
        type=dataset['type'],
        skeleton=shown_skeleton(skeleton),
        keypoints=names_in_union(skeleton, source.get('aliases')),
        annotations=shown_path(root / dataset.get('ann_file', '')),
        ratio=source.get('ratio', 1.0),
        padding=source.get('padding', 1.25),
        synthetic=(root / STAMP).is_file(),
    )
