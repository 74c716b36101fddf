"""Pipelines of a config: their steps, also those inside others, and what is random among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Step = Mapping[str, Any]
Pipeline = Sequence[Step]

_NOT_RANDOM = ('LoadCheckedImage', 'LoadPreparedCrop', 'GetSourceBBoxCenterScale', 'CanvasAffine', 'PackUnifiedInputs')


def resize_of(config: Mapping[str, Any]) -> Step:
    """The step of a config's test pipeline that makes whole pictures as large as its model wants them.

    Raises:
        ValueError: If there is none.
    """
    loader = config.get('test_dataloader') or config.get('val_dataloader') or {}
    pipeline = (loader.get('dataset') or {}).get('pipeline') or []
    for step in pipeline:
        if step['type'] == 'BottomupResize':
            return step
    raise ValueError(
        'the pipeline of test_dataloader.dataset has no BottomupResize, as configs/dekr_hrnet-w32_coco-512x512.py has, '
        f'so nothing says how large the model wants whole pictures. Got: {[step["type"] for step in pipeline]}'
    )


def steps_of(pipeline: Pipeline) -> Iterator[Step]:
    """All steps in order, those inside others in their place."""
    for step in pipeline:
        yield from steps_of(step['transforms']) if step.get('transforms') else [step]


def without_augmentation(pipeline: Pipeline) -> list[Step]:
    """The steps that show each person as it is."""
    return [step for step in steps_of(pipeline) if step['type'] in _NOT_RANDOM]
