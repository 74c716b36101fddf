"""Annotated people, said in a dict each, as sources and metrics of a config."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from unipose.datasets.source import Source

_NEEDED = ('ann_file', 'images', 'skeleton')
_OF_SOURCE = set(inspect.signature(Source).parameters) - {'name', 'dataset', 'union', 'test_mode'}
_YOLO = 'YoloPoseDataset'
_METRICS = dict(CocoDataset='CocoKeypointMetric', MpiiDataset='MpiiPCKhMetric', YoloPoseDataset='YoloKeypointMetric')
_OF_METRICS = dict(CocoKeypointMetric=('ann_file',), YoloKeypointMetric=('ann_file', 'split', 'classes'))
_SPLITS = dict(data='train', val='val')

People = Mapping[str, Mapping[str, Any]]


def sources_of(people: People, known: Mapping[str, Any], what: str) -> dict[str, dict[str, Any]]:
    """Sources of a UnifiedKeypointDataset.

    Args:
        people: By name, what :func:`unipose.distill` takes.
        known: Sources of another config: where one is of the same dataset type, its padding is taken.
        what: ``data`` or ``val``.

    Raises:
        ValueError: If one lacks something.
    """
    paddings = {source['dataset']['type']: source.get('padding') for source in known.values() if source}
    sources = {}
    for name, given in people.items():
        yolo = given.get('type') == _YOLO or str(given.get('ann_file')).endswith(('.yaml', '.yml'))
        missing = [key for key in _NEEDED if key not in given and not (yolo and key == 'images')]
        if missing:
            raise ValueError(
                f'{what}[{name!r}] lacks {missing}: its annotation file, its folder of images, and the skeleton '
                'that it is annotated with, such as "coco", or None for boxes alone'
            )
        if not isinstance(given['skeleton'], str | None):
            raise ValueError(
                f'{what}[{name!r}] has a skeleton that is no name or file (with metainfo). Got: '
                f'{type(given["skeleton"]).__name__}'
            )
        source = {key: value for key, value in given.items() if key in _OF_SOURCE}
        others = {key: value for key, value in given.items() if key not in {*_OF_SOURCE, 'images', 'metric'}}
        if yolo:
            kind, where = _YOLO, dict(split=_SPLITS[what])
        else:
            kind = given.get('type') or ('PersonBoxDataset' if given['skeleton'] is None else 'CocoDataset')
            where = dict(data_prefix=dict(img=given['images']))
        if paddings.get(kind):
            source.setdefault('padding', paddings[kind])
        sources[name] = dict(source, dataset=where | others | dict(type=kind))
    return sources


def tested_people(val: People, data: People) -> dict[str, dict[str, Any]]:
    """People to score on, where they do not say it in the words of the training people of their name."""
    kept = {*_OF_SOURCE, 'type', 'classes'} - {'ratio', 'license'}
    same = {name: {key: value for key, value in given.items() if key in kept} for name, given in data.items()}
    return {name: {**same.get(name, {}), **given} for name, given in val.items()}


def metrics_of(val: People, sources: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each source's own metric.

    Raises:
        ValueError: If nothing says which.
    """
    metrics = {}
    for name, source in sources.items():
        kind, dataset = _METRICS.get(source['dataset']['type']), source['dataset']
        if not (kind or val[name].get('metric')):
            raise ValueError(
                f"val[{name!r}], a {dataset['type']}, needs its metric, such as metric=dict(type='SegmentPCKMetric')"
            )
        default = dict(type=kind, **{key: dataset[key] for key in _OF_METRICS.get(kind, ()) if key in dataset})
        metrics[name] = dict(val[name].get('metric') or default, skeleton=source['skeleton'])
    return metrics
