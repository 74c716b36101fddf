"""Draws training samples as a config's networks are fed them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from unipose.checkpoints.model_kinds import refuse_pictures
from unipose.commands.train.preparation import seed_dataset
from unipose.commands.train.stages import pipeline_of_epoch
from unipose.files import write_file
from unipose.simcc import SimCCBins
from unipose.teachers.entry import window_of_entry
from unipose.visualization import draw_windows
from unipose.visualization.canvas_samples import CanvasSamples


def draw_samples(config: Config, out: Path, num: int, epoch: int | None = None) -> Counter[str]:
    """Draws each window of samples, and the labels; writes ``SOURCE_0.png`` and so on.

    Args:
        config: A distillation config, which may be changed.
        out: Folder for the pictures, made if it is not there.
        num: Samples of each source, spread over it.
        epoch: Augmented as in this epoch, counted from 1; None is not augmented.

    Returns:
        How many have been drawn, by source.

    Raises:
        ValueError: If the config does not hold what is drawn.
        OSError: If a picture cannot be written.
    """
    refuse_pictures(config, 'windows of people are drawn of top-down students; `unipose predict` draws what it finds')
    init_default_scope(config.get('default_scope', 'mmpose'))
    model, view = config.get('model') or {}, epoch and epoch - 1
    dataset = (config.get('train_dataloader') or {}).get('dataset') or {}
    if epoch and dataset.get('pipeline'):
        seed_dataset(config)
        dataset.pipeline = pipeline_of_epoch(config, view)
    preprocessor = model.get('data_preprocessor') and MODELS.build(model.data_preprocessor)
    samples = CanvasSamples(dataset, view, preprocessor)
    codec = (model.get('head') or {}).get('decoder') or {}
    bins = SimCCBins.from_codec(codec) if codec.get('type') == 'SimCCLabel' else None
    teacher_windows = {
        name: window_of_entry(entry, samples.student_window, name)
        for name, entry in (model.get('teachers') or {}).items()
        if entry is not None
    }
    out.mkdir(parents=True, exist_ok=True)
    drawn: Counter[str] = Counter()
    for sample in samples.spread(num):
        picture = draw_windows(
            sample.image,
            sample.keypoints,
            sample.visible,
            samples.skeleton,
            samples.canvas,
            samples.student_window,
            teacher_windows,
            sample.persons,
            title=sample.title,
            bins=bins,
        )
        write_file(out / f'{sample.source}_{drawn[sample.source]}.png', cv2.imencode('.png', picture)[1].tobytes())
        drawn[sample.source] += 1
    return drawn
