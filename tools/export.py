"""Export a student as ONNX or TorchScript; the file is compared with torch, and kept only if it predicts the same.

In half precision and int8 it may differ a little; by how much it does is printed.
"""

import argparse
from pathlib import Path

import numpy as np

import unipose.registration  # noqa: F401
from unipose.commands.export.deployed_student import Exportable, load_exportable
from unipose.commands.export.export import export
from unipose.commands.export.options import ExportOptions
from unipose.commands.export.pictures import check_pictures, training_crops
from unipose.console.mistakes import MISTAKES, error_message
from unipose.files.read_config import read_config
from unipose.runtime import OnnxPersonDetector

EXAMPLE = 'example: python tools/export.py work_dirs/distill_small/epoch_420.pth --format onnx --images photos'
SUFFIXES = dict(onnx='.onnx', torchscript='.ts')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    add = parser.add_argument
    add('checkpoint', help='checkpoint of a training run, or of tools/export_student.py with its config beside it')
    add('--format', choices=SUFFIXES, default='onnx', help='default: onnx')
    add('--out', type=Path, help='default: the checkpoint with another suffix')
    add('--with-decode', action='store_true', help='outputs are keypoints and scores instead of simcc_x and simcc_y')
    add('--bgr', action='store_true', help="take BGR normalised with RGB's mean and std, which is what rtmlib feeds")
    add('--dynamic-batch', action=argparse.BooleanOptionalAction, default=True, help='batches of any size; else of 1')
    add('--simplify', action='store_true', help='have onnxslim make the graph smaller')
    add('--fp16', action='store_true', help='weights and arithmetic in half precision')
    add('--int8', action='store_true', help='quantise up to the head, calibrated on training people')
    add('--calibrate-on', metavar='CONFIG', help="config of the training people; default: the checkpoint's own")
    add('--images', type=Path, help='an image or folder of people to check the file on; default: synthetic people')
    add('--det-model', help='an exported RTMDet (.onnx) that finds people in --images; default: the whole image')
    add('--force', action='store_true', help='write over an existing file')
    args = parser.parse_args()
    if args.calibrate_on and not args.int8:
        parser.error('--calibrate-on goes with --int8')
    if args.det_model and not args.images:
        parser.error('--det-model finds people in --images; give both')
    if Path(args.checkpoint).suffix in SUFFIXES.values():
        parser.error(f'{args.checkpoint} is exported already; give the checkpoint that it was exported from')
    out = args.out or Path(args.checkpoint).with_suffix(SUFFIXES[args.format])
    if out.suffix in ('.pth', '.py'):
        parser.error(f'{out} would be a checkpoint or a config by its name; name an .onnx or .ts file with --out')
    wrong = [kind for kind, suffix in SUFFIXES.items() if suffix == out.suffix and kind != args.format]
    if wrong:
        parser.error(
            f'{out} would be {args.format}, which its name contradicts; give --format {wrong[0]} or another --out'
        )
    try:
        if out.exists() and not args.force:
            raise FileExistsError(f'{out} exists; name another file with --out, or add --force to write over it')
        student = load_exportable(args.checkpoint)
        options = ExportOptions(
            kind=args.format,
            decode=args.with_decode,
            bgr=args.bgr,
            dynamic_batch=args.dynamic_batch,
            simplify=args.simplify,
            fp16=args.fp16,
            int8=calibration_people(student, args.calibrate_on) if args.int8 else None,
        )
        detect = OnnxPersonDetector(args.det_model) if args.det_model else None
        pictures = check_pictures(student, args.images, detect)
        found = export(student, out, pictures, options)
    except (*MISTAKES, ImportError) as error:
        parser.error(error_message(error))
    print(f'written: {out} ({out.stat().st_size / 1e6:.1f} MB)')
    batches = 'of several sizes' if options.any_batch else 'of 1'
    print(f'against torch, on {len(pictures)} people in batches {batches}, {found}')


def calibration_people(student: Exportable, config: str | None) -> np.ndarray:
    """Crops of people that int8 is calibrated on."""
    try:
        return training_crops(student, read_config(config) if config else student.config)
    except MISTAKES as error:
        raise ValueError(
            'int8 is calibrated on training people, and there are none: give --calibrate-on CONFIG, a training config '
            f'whose data are in place ({error_message(error)})'
        ) from error


if __name__ == '__main__':
    main()
