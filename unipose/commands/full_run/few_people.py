"""A few people of each source, to measure on; synthetic ones where the real ones are missing."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from unipose.batches.spread import spread
from unipose.datasets.synthetic import SceneOptions, generate_coco, generate_mpii
from unipose.files import read_json
from unipose.skeletons import load_skeleton

from .people import SourcePeople, sources_of

# typical pictures of COCO and MPII, pixels
_COCO = SceneOptions(image_size=(640, 480), person_height=(120.0, 400.0), difficulty=0.5)
_MPII = SceneOptions(image_size=(1280, 720), person_height=(300.0, 600.0), difficulty=0.5)


def keep_few(config: Config, phase: str, people: Mapping[str, SourcePeople], number: int, folder: Path) -> list[str]:
    """Has a config's dataset read a few people of each source; in place, metrics too.

    Args:
        config: A training config.
        phase: ``'train'``, ``'val'`` or ``'test'``.
        people: What is known of the sources.
        number: People of each source, about.
        folder: For annotations and synthetic pictures.

    Returns:
        What is to be said of sources that are not in place.

    Raises:
        ValueError: If no source is left.
    """
    sources, notes = config[f'{phase}_dataloader'].dataset.sources, []
    metrics = (config.get(f'{phase}_evaluator') or {}).get('metrics') or {}
    union = set(load_skeleton(config[f'{phase}_dataloader'].dataset.skeleton).names)
    for name in sources_of(config, phase):
        found, own = people[name], folder / f'{phase}_{name}'
        if found.pictures:
            _keep_some(sources[name].dataset, found, number, own, metrics.get(name))
            continue
        notes.append(f'{phase} source {name} is not in place: synthetic people stand in for its own')
        if sources[name].dataset.type != 'MpiiDataset' and not set(load_skeleton('coco').names) <= union:
            sources[name] = None
            if name in metrics:
                metrics[name] = None
            notes[-1] = f'{phase} source {name} is not in place, and nothing stands in for it: its time is not counted'
        else:
            _stand_in(config, phase, name, number, own)
    if not sources_of(config, phase):
        raise ValueError(f'nothing can be measured: no {phase} source is in place')
    return notes


def _keep_some(dataset: ConfigDict, found: SourcePeople, number: int, folder: Path, metrics: Any) -> None:
    """Writes annotations of some images where they are COCO's, of which there are many; else picks people."""
    dataset.pop('bbox_file', None)
    samples = found.source.dataset
    indices = spread(len(samples), number).tolist()
    file = Path(samples.ann_file)
    content = read_json(file) if file.suffix == '.json' else None
    if not isinstance(content, dict) or not {'images', 'annotations'} <= set(content):
        dataset.indices = indices
        return
    images = {samples.get_data_info(index)['img_id'] for index in indices}
    content['images'] = [image for image in content['images'] if image['id'] in images]
    content['annotations'] = [row for row in content['annotations'] if row['image_id'] in images]
    few = folder.with_suffix('.json').absolute()
    few.write_text(json.dumps(content), encoding='utf-8')
    dataset.ann_file = str(few)
    for metric in metrics if isinstance(metrics, list) else [metrics]:
        if metric and metric.get('ann_file'):
            metric.ann_file = str(few)


def _stand_in(config: Config, phase: str, name: str, number: int, folder: Path) -> None:
    source = config[f'{phase}_dataloader'].dataset.sources[name]
    test = phase != 'train'
    if source.dataset.type == 'MpiiDataset':
        split = 'val' if test else 'train'
        generate_mpii(folder, {split: number}, options=_MPII)
        source.dataset.update(
            data_root=str(folder), ann_file=f'annotations/mpii_{split}.json', data_prefix=dict(img='images/')
        )
        if test:
            source.dataset.headbox_file = str(folder / 'annotations/mpii_gt_val.mat')
        return
    split = 'val2017' if test else 'train2017'
    generate_coco(folder, {split: number}, options=_COCO)
    annotations = f'annotations/person_keypoints_{split}.json'
    source.pop('aliases', None)
    source.skeleton = 'coco'
    source.dataset = ConfigDict(
        type='CocoDataset', data_root=str(folder), ann_file=annotations, data_prefix=dict(img=f'{split}/')
    )
    metrics = (config.get(f'{phase}_evaluator') or {}).get('metrics') or {}
    if test and metrics.get(name):
        metrics[name] = ConfigDict(type='CocoKeypointMetric', skeleton='coco', ann_file=str(folder / annotations))


def copied(config: Config) -> Config:
    """A copy whose parts are its own: a test config is often the validation's very object."""
    config = copy.deepcopy(config)
    for key in ('test_dataloader', 'test_evaluator'):
        if config.get(key):
            config[key] = copy.deepcopy(config[key])
    return config
