"""Pipelines of a config: their steps, also those inside others, and what is random among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Step = Mapping[str, Any]
Pipeline = Sequence[Step]

_NOT_RANDOM = ('LoadCheckedImage', 'LoadPreparedCrop', 'GetSourceBBoxCenterScale', 'CanvasAffine', 'PackUnifiedInputs')


def steps_of(pipeline: Pipeline) -> Iterator[Step]:
    """All steps in order, those inside others in their place."""
    for step in pipeline:
        yield from steps_of(step['transforms']) if step.get('transforms') else [step]


def without_augmentation(pipeline: Pipeline) -> list[Step]:
    """The steps that show each person as it is."""
    return [step for step in steps_of(pipeline) if step['type'] in _NOT_RANDOM]
