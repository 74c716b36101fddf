"""Draw what a config's networks are fed: each view of training samples, and the labels; needs no weights."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import cv2

import unipose.registration  # noqa: F401

# isort: split
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from unipose.commands.train.stages import pipeline_of_epoch
from unipose.commands.train.training import seed_dataset
from unipose.console.mistakes import MISTAKES, error_message
from unipose.files.read_config import ConfigOptions, read_config
from unipose.simcc import SimCCBins
from unipose.teachers.entry import view_of_entry
from unipose.visualization import draw_views
from unipose.visualization.canvas_samples import CanvasSamples

EXAMPLE = 'example: python tools/browse_dataset.py configs/distill_small.py --epoch 1'


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument('config', type=Path, help='a distillation config')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/views'), help='folder for the pictures')
    parser.add_argument('--num', type=int, default=4, help='samples of each source, spread over it (default: 4)')
    parser.add_argument('--epoch', type=int, help='augmented as in this epoch, counted from 1; default: not augmented')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, default={}, help='changes, key=value')
    args = parser.parse_args()
    if not args.config.is_file():
        parser.error(f'no config {args.config}; the repository has some in configs/')
    if args.num < 1:
        parser.error(f'--num must be at least 1. Got: {args.num}')
    if args.epoch is not None and args.epoch < 1:
        parser.error(f'--epoch is counted from 1. Got: {args.epoch}')
    return args


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    args = parse_args(parser)
    try:
        config = read_config(args.config, args.cfg_options)
        init_default_scope(config.get('default_scope', 'mmpose'))
        model, view = config.get('model') or {}, args.epoch and args.epoch - 1
        dataset = (config.get('train_dataloader') or {}).get('dataset') or {}
        if args.epoch and dataset.get('pipeline'):
            seed_dataset(config)
            dataset.pipeline = pipeline_of_epoch(config, view)
        preprocessor = model.get('data_preprocessor') and MODELS.build(model.data_preprocessor)
        samples = CanvasSamples(dataset, view, preprocessor)
        codec = (model.get('head') or {}).get('decoder') or {}
        bins = SimCCBins.from_codec(codec) if codec.get('type') == 'SimCCLabel' else None
        teacher_views = {
            name: view_of_entry(entry, samples.student_view, name)
            for name, entry in (model.get('teachers') or {}).items()
            if entry is not None
        }
        args.out.mkdir(parents=True, exist_ok=True)
        drawn: Counter[str] = Counter()
        for sample in samples.spread(args.num):
            picture = draw_views(
                sample.image,
                sample.keypoints,
                sample.visible,
                samples.skeleton,
                samples.canvas,
                samples.student_view,
                teacher_views,
                sample.persons,
                title=sample.title,
                bins=bins,
            )
            path = args.out / f'{sample.source}_{drawn[sample.source]}.png'
            if not cv2.imwrite(str(path), picture):
                raise OSError(f'{path} could not be written')
            drawn[sample.source] += 1
    except MISTAKES as error:
        parser.exit(2, f'{parser.prog}: error: {error_message(error)}\n')
    counts = ', '.join(f'{count} of {source}' for source, count in drawn.items())
    print(f'{counts}: {args.out}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
