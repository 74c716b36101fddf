"""What of a data pipeline takes how long: CPU milliseconds of each stage for a sample."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from unittest.mock import patch

import cv2
from mmcv.transforms import BaseTransform

STAGES = dict(
    annotation='annotation looked up',
    read='file read, or crop found',
    decode='decoded',
    boxes='box, flip, half body, turn',
    warp='cut out (warp)',
    colours='colours, blur, hole',
    labels='labels',
    seeding='generators seeded',
    pack='packed',
    normalise='coloured and normalised',
    rest='the rest',
)
"""Stages by key, in order; ``colours`` of unipose are drawn and blurred, and changed in ``normalise``."""
_OF_TRANSFORMS = dict(
    read=('LoadImage', 'LoadCheckedImage', 'LoadPreparedCrop'),
    colours=('DrawPhotometric', 'YOLOXHSVRandomAug', 'Albumentation'),
    labels=('GenerateTarget',),
    seeding=('Seeded',),
    pack=('PackPoseInputs', 'PackUnifiedInputs'),
)


class Stopwatch:
    """CPU seconds of this thread by stage; those of a stage within another one count there alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner = [0.0]

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose time counts for a stage."""

        def run(*args: Any, **kwargs: Any) -> Any:
            self._inner.append(0.0)
            begin = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                taken = time.thread_time() - begin
                self.seconds[stage] = self.seconds.get(stage, 0.0) + taken - self._inner.pop()
                self._inner[-1] += taken

        return run


def stages(pipeline: Any, turns: int) -> dict[str, float]:
    """CPU milliseconds of each of :data:`STAGES` for a sample, medians over the turns; a first one does not count.

    Args:
        pipeline: A :class:`benchmarks.speed.pipelines.Pipeline`.
        turns: How often it is run.
    """
    of_turns = []
    for _ in range(turns + 1):
        watch = Stopwatch()
        with _watched(pipeline, watch):
            watch.timed('rest', pipeline)()
        of_turns.append(watch.seconds)
    scale = 1000 / len(pipeline.keys)
    return {stage: scale * median(turn.get(stage, 0.0) for turn in of_turns[1:]) for stage in STAGES}


@contextmanager
def _watched(pipeline: Any, watch: Stopwatch) -> Iterator[None]:
    steps = {type(step): step for step in _steps(pipeline.dataset.pipeline.transforms)}
    functions = [(kind, 'transform', _stage(kind)) for kind in steps]
    functions += [(cv2, 'imdecode', 'decode'), (cv2, 'warpAffine', 'warp')]
    functions += [(type(pipeline.dataset), 'get_data_info', 'annotation')]
    functions += [(type(pipeline.preprocessor), 'forward', 'normalise')]
    with ExitStack() as stack:
        for owner, name, stage in functions:
            stack.enter_context(patch.object(owner, name, watch.timed(stage, getattr(owner, name))))
        yield


def _stage(kind: type) -> str:
    return next((stage for stage, names in _OF_TRANSFORMS.items() if kind.__name__ in names), 'boxes')


def _steps(steps: Any) -> Iterator[BaseTransform]:
    for step in steps:
        yield step
        if type(step).__name__ == 'Seeded':
            yield from _steps(step.transforms)
