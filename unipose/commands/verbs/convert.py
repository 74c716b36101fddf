"""Write annotations of another tool in COCO's format, which configs and `unipose check` read.

label-studio takes Label Studio's own export, JSON; yolo a split of an Ultralytics pose dataset, which configs read as
it is, too (YoloPoseDataset). CVAT's COCO Keypoints 1.0 needs no conversion. What cannot be converted is counted.
"""

import argparse
from pathlib import Path

from unipose.console.mistakes import mistakes_told

EXAMPLE = (
    'yolo data/mine/data.yaml --split val --skeleton my_skeleton.py --out data/mine/val.json\n'
    'label-studio export.json --images data/mine/images --skeleton my_skeleton.py --out data/mine/people.json'
)
FORMATS = ('label-studio', 'yolo')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('format', choices=FORMATS, help='what the file is')
    add('file', type=Path, help='an export of the kind JSON, or a data.yaml')
    add('--skeleton', required=True, help="its keypoints, as a config's skeleton=: coco, mpii, my_skeleton.py")
    add('--out', required=True, type=Path, metavar='FILE', help='JSON file to write')
    add('--images', type=Path, metavar='FOLDER', help='of label-studio: the images')
    add('--split', help='of yolo: train, val or test')
    add('--classes', nargs='+', metavar='NAME', help='of yolo: the classes that are people; default: if one')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    is_yolo = args.format == 'yolo'
    if is_yolo and (args.split is None or args.images):
        parser.error('yolo takes --split, and no --images: data.yaml says where they are')
    if not is_yolo and (args.images is None or args.split or args.classes):
        parser.error('label-studio takes --images, the folder of its images, and neither --split nor --classes')

    import unipose.registration  # noqa: F401
    from unipose.commands.convert import read_label_studio, read_yolo
    from unipose.media import prepare_output_file
    from unipose.skeletons import load_skeleton

    with mistakes_told(parser):
        prepare_output_file(args.out, [args.file])
        skeleton = load_skeleton(args.skeleton)
        if is_yolo:
            people = read_yolo(args.file, skeleton, args.split, args.classes)
        else:
            people = read_label_studio(args.file, skeleton, args.images)
        people.write(args.out)
    print(people.to_text(args.out, args.skeleton))
