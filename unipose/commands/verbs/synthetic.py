"""Write the embedded synthetic datasets: people in COCO's and MPII's layouts, or in Halpe's."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from unipose.console.mistakes import mistakes_told

if TYPE_CHECKING:
    from unipose.datasets.synthetic import SyntheticDataset

EXAMPLE = 'data/synthetic --train 500 --val 100 --seed 0'
LAYOUTS = ('coco', 'mpii', 'halpe')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('out_dir', help='folder that gets coco/ and mpii/, or the one of --only')
    add('--train', type=int, default=500, help='training images per dataset')
    add('--val', type=int, default=100, help='validation images per dataset')
    add('--seed', type=int, default=0)
    add('--only', choices=LAYOUTS, help="write one layout only; Halpe's, to score on, is not written otherwise")
    add('--image-size', type=int, nargs=2, default=(256, 256), metavar=('WIDTH', 'HEIGHT'))
    add('--max-persons', type=int, default=3)
    add('--difficulty', type=float, default=0.3, help='0 to 1: poses, clutter, occlusion')
    add('--loose-clothes', type=float, default=0.0, help='0 to 1: how far clothes hide the joints')
    add('--label-noise', type=float, default=0.0, help="scatter of annotated places; 1 is that of COCO's annotators")
    add('--time', action='store_true', help='print the milliseconds per person')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    from unipose.datasets.synthetic import SceneOptions, generate_coco, generate_halpe, generate_mpii

    layouts = {
        'coco': (generate_coco, ('train2017', 'val2017')),
        'mpii': (generate_mpii, ('train', 'val')),
        'halpe': (generate_halpe, ('train2015', 'val2017')),
    }
    with mistakes_told(parser, (ValueError, OSError)):
        options = SceneOptions(
            image_size=tuple(args.image_size),
            max_persons=args.max_persons,
            difficulty=args.difficulty,
            loose_clothes=args.loose_clothes,
            label_noise=args.label_noise,
        )
        for layout in [args.only] if args.only else ['coco', 'mpii']:
            generate, splits = layouts[layout]
            num_images = dict(zip(splits, (args.train, args.val), strict=True))
            dataset = generate(f'{args.out_dir}/{layout}', num_images, args.seed, options, progress=True)
            print(_describe(layout, dataset, args.time))


def _describe(layout: str, dataset: SyntheticDataset, timed: bool) -> str:
    counts = ', '.join(
        f'{split}: {dataset.num_images[split]} images, {persons} people'
        for split, persons in dataset.num_persons.items()
    )
    line = f'{layout} in {dataset.root} ({"written" if dataset.generated else "already there"}): {counts}'
    if timed and dataset.generated:
        line += f'; {1000.0 * dataset.seconds / sum(dataset.num_persons.values()):.2f} ms per person'
    return line
