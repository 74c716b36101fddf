"""Label people in images with teachers, or a model that finds people: a COCO-style file that trains as a source."""

import argparse
import os
import sys
from pathlib import Path

from unipose.commands.arguments import add_config_options, find_config
from unipose.console.exit_codes import PARTLY
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'configs/distill_small.py data/web/images --det-model rtmdet.onnx --out data/web/people.json'
KPT_THR = 0.3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='training config of the student, with the teachers; or with --checkpoint of a model')
    add('images', nargs='+', help='images, folders of images and patterns; with --boxes the one folder of its images')
    add('--out', required=True, help='JSON file to write')
    add(
        '--boxes', metavar='FILE', help='COCO-style JSON with boxes; without it and a detector, images are whole people'
    )
    add('--det-model', metavar='CONFIG', help='MMDetection config, RTMDet or YOLOX (.onnx) or auto, RTMDet-nano')
    add('--det-weights', metavar='CKPT', help='weights of the detector; none for an .onnx file')
    add(
        '--checkpoint',
        metavar='FILE',
        help="weights of CONFIG's model that finds people in whole pictures itself (DEKR, RTMO): label whom it finds",
    )
    add(
        '--predicts', metavar='SKELETON', help='with --checkpoint: its keypoints, e.g. coco, where it does not say them'
    )
    add(
        '--kpt-thr',
        type=float,
        default=KPT_THR,
        help=f'least score of a keypoint that is labelled (default: {KPT_THR}; take 0.5 for calibrated teachers, whose '
        'score is the probability that the keypoint is right)',
    )
    add_config_options(parser, 'e.g. model.teachers.mpii=None')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if args.checkpoint and (args.boxes or args.det_model):
        parser.error('the model of --checkpoint finds people itself; leave out --boxes and --det-model')
    if args.predicts and not args.checkpoint:
        parser.error('--predicts says what the model of --checkpoint predicts')
    if args.boxes and args.det_model:
        parser.error('people are found by --det-model, or given by --boxes; leave one out')
    if args.boxes and not (len(args.images) == 1 and os.path.isdir(args.images[0])):
        parser.error(f'with --boxes, name the one folder that its images are in. Got: {" ".join(args.images)}')
    find_config(args.config, parser)

    import unipose.registration  # noqa: F401

    # isort: split
    from mmengine.device import get_device

    from unipose.commands.detectors import build_detector
    from unipose.commands.label import LabellingTeachers, find_people, write_labels
    from unipose.commands.label_pictures import LabellingModel
    from unipose.files import quieten_opencv
    from unipose.files.read_config import read_config
    from unipose.media import Inputs, list_images, prepare_output_file

    quieten_opencv()
    with mistakes_told(parser):
        inputs = Inputs([Path(args.boxes)], [], [], []) if args.boxes else list_images(args.images)
        images, config = inputs.images, read_config(args.config, args.cfg_options)
        prepare_output_file(args.out, images)
        folder = args.images[0] if args.boxes else os.path.commonpath([path.parent for path in images]) or '.'
        if args.checkpoint:
            model = LabellingModel(config, args.checkpoint, args.predicts, args.kpt_thr)
            labels, unread = model(images, folder)
        else:
            teachers, people = LabellingTeachers(config, args.kpt_thr), args.boxes
            if not args.boxes:
                detect = build_detector(args.det_model, args.det_weights, get_device())
                people, unread = find_people(images, Path(folder), detect)
                inputs.problems.extend(unread)
            labels, unread = teachers(people, folder)
        inputs.problems.extend(unread)
        write_labels(args.out, labels)
    for remark in inputs.remarks():
        print(remark, file=sys.stderr)
    skeleton = model.skeleton if args.checkpoint else config.model.skeleton
    print(_report(labels, args.out, folder, skeleton))
    return PARTLY if inputs.problems else 0


def _report(labels: dict, out: str, folder: str, skeleton: object) -> str:
    """What was labelled, and how to train on it."""
    people = labels['annotations']
    found, asked = (sum(person['num_keypoints'] for person in people), sum(len(p['keypoint_scores']) for p in people))
    return f"""{len(people)} people in {len(labels['images'])} images, {found} of {asked} keypoints labelled: {out}

# in the config of a student
web = dict(type='CocoDataset', ann_file={out!r}, data_prefix=dict(img={f'{folder}/'!r}))
train_dataloader = dict(dataset=dict(sources=dict(web=dict(skeleton={skeleton!r}, dataset=web))))"""
