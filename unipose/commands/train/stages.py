"""The stages of augmentation that a training config goes through, and what is stored for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log

from unipose.batches.walk_pipeline import Pipeline, without_augmentation
from unipose.caching import TargetStore
from unipose.datasets.crop_region import Reach
from unipose.datasets.crop_store import CropStore
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.distillers import MultiTeacherDistiller

ONCE = 'once'
"""What the folder of targets that move is called, which are those of all stages."""
_SWITCH = 'switch_pipeline'
_TARGETS, _CROPS, _IMAGES = 'LoadTeacherTargets', 'LoadPreparedCrop', 'LoadCheckedImage'
_STORING = 'StoreTargetsHook'


def pipelines_of(config: Config) -> dict[str, Pipeline]:
    """Training pipelines by stage: ``stage1`` is the dataset's, ``stage2`` and so on those of PipelineSwitchHooks."""
    return {stage: holder[key] for stage, (holder, key) in _holders(config).items()}


def pipeline_of_epoch(config: Config, epoch: int) -> Pipeline:
    """The training pipeline of an epoch, counted from 0."""
    pipelines = list(pipelines_of(config).values())
    switched = sum(hook['switch_epoch'] <= epoch for hook in _switches(config))
    return pipelines[switched - len(_switches(config)) - 1]


def augmentation_of(pipeline: Pipeline) -> list[Mapping[str, Any]]:
    """A pipeline without the transform that replays stored targets."""
    return [step for step in pipeline if step['type'] != _TARGETS]


def target_folder_of(pipeline: Pipeline) -> Path | None:
    """Where the stored targets lie that a pipeline replays."""
    return next((Path(step['store']) for step in pipeline if step['type'] == _TARGETS), None)


def target_store_of(pipeline: Pipeline) -> TargetStore | None:
    """The stored targets that a pipeline replays."""
    folder = target_folder_of(pipeline)
    return folder and TargetStore(folder)


def crop_store_of(pipeline: Pipeline) -> CropStore | None:
    """The prepared crops that a pipeline reads."""
    return next((CropStore(step['store']) for step in pipeline if step['type'] == _CROPS), None)


def use_stored_targets(config: Config, folder: str | Path) -> None:
    """Has every stage of a config use the targets that ``unipose cache`` stored in a folder; in place.

    Raises:
        ValueError: If the folder has both targets that move and others.
    """
    moving = (Path(folder) / ONCE).is_dir()
    if moving and any((Path(folder) / stage).is_dir() for stage in _holders(config)):
        raise ValueError(f'{folder} has targets of augmented views and of people as they are ({ONCE}); move one away')
    replay_targets(config, {stage: Path(folder) / (ONCE if moving else stage) for stage in _holders(config)})


def replay_targets(config: Config, stores: Mapping[str, Path | None], **options: Any) -> None:
    """Has each stage use the targets of a folder, or none; in place.

    Features are not stored: a teacher's ``feature_weight`` becomes 0, and the log says so.

    Args:
        config: The config.
        stores: Folders by stage.
        **options: Others of :class:`unipose.caching.LoadTeacherTargets`.
    """
    for stage, (holder, key) in _holders(config).items():
        steps = augmentation_of(holder[key])
        replayed = [dict(type=_TARGETS, store=str(stores[stage]), **options)] if stores[stage] else []
        holder[key] = [*replayed, *steps]
    stages = [dict(begin=begin, store=str(stores[stage] or '')) for stage, begin in begins_of(config).items()]
    others = [hook for hook in config.get('custom_hooks') or () if hook['type'] != _STORING]
    config.custom_hooks = [*others, dict(type=_STORING, stages=stages)]
    for name, entry in (config.model.get('teachers') or {}).items():
        if entry and entry.get('feature_weight'):
            print_log(f'features are not stored: teachers.{name}.feature_weight becomes 0', logger='current')
            entry.feature_weight = 0.0


def begins_of(config: Config) -> dict[str, int]:
    """The first epoch of each stage, from 0."""
    begins = [0, *(hook['switch_epoch'] for hook in _switches(config))]
    return dict(zip(_holders(config), begins))


def use_prepared_crops(config: Config, folder: str | Path) -> None:
    """Has every stage of a config read the crops that ``unipose crops`` stored in a folder; in place."""
    for holder, key in _holders(config).values():
        crops = dict(type=_CROPS, store=str(folder))
        holder[key] = [crops if step['type'] in (_IMAGES, _CROPS) else step for step in holder[key]]


def order_switches(config: Config) -> None:
    """Has a run that is resumed beyond several switches, which are all due then, end in the latest stage; in place."""
    switches = iter(_switches(config))
    if config.get('custom_hooks'):
        config.custom_hooks = [next(switches) if _SWITCH in hook else hook for hook in config.custom_hooks]


def targets_fingerprint(
    model: MultiTeacherDistiller, dataset: UnifiedKeypointDataset, pipeline: Pipeline, moves: bool = False
) -> dict[str, Any]:
    """All that the targets stored for a stage depend on, in plain values; crops by their content, not their place.

    Targets that move depend on no augmentation.
    """
    crops, steps = crop_store_of(pipeline), without_augmentation(pipeline) if moves else augmentation_of(pipeline)
    if crops:
        described = {key: value for key, value in crops.manifest.items() if key != 'fingerprint'}
        steps = [dict(type=_CROPS, **described) if step['type'] == _CROPS else step for step in steps]
    of_model, of_dataset = model.target_fingerprint(), dataset.fingerprint()
    if moves:
        del of_dataset['seed'], of_model['preprocessor'], of_model['code_versions']['preprocessor']
    return of_model | of_dataset | dict(pipeline=steps)


def crops_fingerprint(config: Config, dataset: UnifiedKeypointDataset) -> dict[str, Any]:
    """All that the crops of a config depend on, in plain values."""
    return dict(sources=dataset.fingerprint()['sources'], reach=reach_of(config).fingerprint())


def reach_of(config: Config) -> Reach:
    """How far the augmentation of all stages goes."""
    return Reach.of_pipelines(list(pipelines_of(config).values()))


def _holders(config: Config) -> dict[str, tuple[dict[str, Any], str]]:
    dataset = config.train_dataloader.dataset
    first = {'stage1': (dataset, 'pipeline')} if 'pipeline' in dataset else {}
    return first | {f'stage{number}': (hook, _SWITCH) for number, hook in enumerate(_switches(config), start=2)}


def _switches(config: Config) -> list[dict[str, Any]]:
    hooks = [hook for hook in config.get('custom_hooks') or () if _SWITCH in hook]
    return sorted(hooks, key=lambda hook: hook['switch_epoch'])
