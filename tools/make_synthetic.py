"""Write the embedded synthetic datasets: people in COCO's and MPII's layouts, or in Halpe's."""

import argparse

from unipose.datasets.synthetic import SceneOptions, SyntheticDataset, generate_coco, generate_halpe, generate_mpii

LAYOUTS = {
    'coco': (generate_coco, ('train2017', 'val2017')),
    'mpii': (generate_mpii, ('train', 'val')),
    'halpe': (generate_halpe, ('train2015', 'val2017')),
}


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument('out_dir', help='folder that gets coco/ and mpii/, or the one of --only')
    parser.add_argument('--train', type=int, default=500, help='training images per dataset')
    parser.add_argument('--val', type=int, default=100, help='validation images per dataset')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--only', choices=tuple(LAYOUTS), help="write one layout only; Halpe's, to score on, is not written otherwise"
    )
    parser.add_argument('--image-size', type=int, nargs=2, default=(256, 256), metavar=('WIDTH', 'HEIGHT'))
    parser.add_argument('--max-persons', type=int, default=3)
    parser.add_argument('--difficulty', type=float, default=0.3, help='0 to 1: poses, clutter, occlusion')
    parser.add_argument('--loose-clothes', type=float, default=0.0, help='0 to 1: how far clothes hide the joints')
    parser.add_argument(
        '--label-noise', type=float, default=0.0, help="scatter of annotated places; 1 is that of COCO's annotators"
    )
    parser.add_argument('--time', action='store_true', help='print the milliseconds per person')
    return parser.parse_args()


def describe(layout: str, dataset: SyntheticDataset, timed: bool) -> str:
    counts = ', '.join(
        f'{split}: {dataset.num_images[split]} images, {persons} people'
        for split, persons in dataset.num_persons.items()
    )
    line = f'{layout} in {dataset.root} ({"written" if dataset.generated else "already there"}): {counts}'
    if timed and dataset.generated:
        line += f'; {1000.0 * dataset.seconds / sum(dataset.num_persons.values()):.2f} ms per person'
    return line


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/make_synthetic.py data/synthetic --train 500 --val 100 --seed 0',
    )
    args = parse_args(parser)
    try:
        options = SceneOptions(
            image_size=tuple(args.image_size),
            max_persons=args.max_persons,
            difficulty=args.difficulty,
            loose_clothes=args.loose_clothes,
            label_noise=args.label_noise,
        )
        for layout in [args.only] if args.only else ['coco', 'mpii']:
            generate, splits = LAYOUTS[layout]
            num_images = dict(zip(splits, (args.train, args.val), strict=True))
            dataset = generate(f'{args.out_dir}/{layout}', num_images, args.seed, options, progress=True)
            print(describe(layout, dataset, args.time))
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == '__main__':
    main()
