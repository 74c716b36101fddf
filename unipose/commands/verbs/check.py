"""Read a dataset as training would, and say what is wrong with it: files, images, boxes, keypoints, left and right.

It checks the train and val sources of a config, or annotation files in COCO's or MPII's layout or an Ultralytics pose
dataset before there is one, and looks for images that are in training and validation. Exit code: 0 if there is no
fault, 1 if there is one, 2 if it was called wrongly. Suspicions are for a look at the pictures, and no faults.
"""

import argparse
import os
from pathlib import Path

from unipose.commands.arguments import add_config_options, find_config
from unipose.console.mistakes import mistakes_told

EXAMPLE = (
    'configs/distill_small.py\n'
    '--ann-file data/horse/train.json --images data/horse/images --skeleton my_skeleton.py '
    '--val-ann-file data/horse/val.json\n'
    '--ann-file data/horse/data.yaml --skeleton my_skeleton.py'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', nargs='?', help='a training config, whose train and val sources are checked')
    add('--ann-file', type=Path, metavar='FILE', help="or an annotation file of a training set, or YOLO's data.yaml")
    add('--images', type=Path, metavar='FOLDER', help='its images')
    add('--skeleton', help="its keypoints, as a config's skeleton=: coco, mpii, my_skeleton.py; none: boxes alone")
    add('--classes', nargs='+', metavar='NAME', help='with data.yaml, the classes that are people; default: if one')
    add('--val-ann-file', type=Path, metavar='FILE', help='an annotation file of a validation set')
    add('--val-images', type=Path, metavar='FOLDER', help='its images; default: as --images')
    add('--no-images', action='store_true', help='read annotations alone')
    add('--workers', type=int, default=os.cpu_count() or 1, help='threads that read images (default: %(default)s)')
    add('--json', type=Path, metavar='FILE', help='write every finding')
    add_config_options(parser, 'changes of the config, key=value')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    of_files = [args.ann_file, args.images, args.skeleton, args.val_ann_file, args.val_images]
    if (args.config is None) == (args.ann_file is None) or args.config and any(of_files):
        parser.error('name a config, or --ann-file with --images and --skeleton')
    is_yolo = args.ann_file is not None and args.ann_file.suffix in ('.yaml', '.yml')
    if is_yolo and (args.images or args.val_ann_file or args.cfg_options):
        parser.error('a data.yaml says where images are; it takes --skeleton and --classes alone')
    if args.classes and not is_yolo:
        parser.error('--classes are those of an --ann-file data.yaml')
    if args.ann_file and not is_yolo and (args.images is None or args.cfg_options):
        parser.error('--ann-file takes --images, the folder of its images, and no --cfg-options')
    if args.val_images and not args.val_ann_file:
        parser.error('--val-images are those of a --val-ann-file')
    if args.workers < 1:
        parser.error(f'--workers must be at least 1. Got: {args.workers}')
    if args.config:
        find_config(args.config, parser)

    import unipose.registration  # noqa: F401
    from unipose.commands.check import check_sets, sets_of_config, sets_of_files, sets_of_yolo
    from unipose.files import quieten_opencv, write_json
    from unipose.files.read_config import read_config
    from unipose.media import prepare_output_file

    quieten_opencv()
    with mistakes_told(parser):
        if args.config:
            specs = sets_of_config(read_config(args.config, args.cfg_options))
        elif is_yolo:
            specs = sets_of_yolo(args.ann_file, args.skeleton, args.classes)
        else:
            val = args.val_ann_file and (args.val_ann_file, args.val_images or args.images)
            specs = sets_of_files((args.ann_file, args.images), val, args.skeleton)
        if args.json:
            prepare_output_file(args.json, [spec.ann_file for spec in specs])
        report = check_sets(specs, None if args.no_images else args.workers)
        if args.json:
            write_json(args.json, report.to_dict())
    print(report.to_text())
    return 1 if report.count('fault') else 0
