"""Export a student as ONNX or TorchScript; the file is checked against torch, and kept only if it predicts the same."""

import argparse
from pathlib import Path

import unipose.registration  # noqa: F401
from unipose.detectors import build_detector
from unipose.export.deployed_student import load_exportable
from unipose.export.export import export
from unipose.export.pictures import check_pictures
from unipose.mistakes import MISTAKES, error_message

EXAMPLE = 'example: python tools/export.py work_dirs/distill_small/epoch_420.pth --format onnx --images photos'
SUFFIXES = dict(onnx='.onnx', torchscript='.ts')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    add = parser.add_argument
    add('checkpoint', help='checkpoint of a training run, or of tools/export_student.py with its config beside it')
    add('--format', choices=SUFFIXES, default='onnx', help='default: onnx')
    add('--out', type=Path, help='default: the checkpoint with another suffix')
    add('--with-decode', action='store_true', help='outputs are keypoints and scores instead of simcc_x and simcc_y')
    add('--dynamic-batch', action=argparse.BooleanOptionalAction, default=True, help='batches of any size; else of 1')
    add('--fp16', action='store_true', help='weights and arithmetic in half precision')
    add('--images', type=Path, help='an image or folder of people to check the file on; default: synthetic people')
    add('--det-model', help='an exported RTMDet (.onnx) that finds people in --images; default: the whole image')
    add('--force', action='store_true', help='write over an existing file')
    args = parser.parse_args()
    out = args.out or Path(args.checkpoint).with_suffix(SUFFIXES[args.format])
    try:
        if out.exists() and not args.force:
            raise FileExistsError(f'{out} exists; name another file with --out, or add --force to write over it')
        student = load_exportable(args.checkpoint)
        images = check_pictures(student, args.images, build_detector(args.det_model, None))
        options = dict(decode=args.with_decode, dynamic_batch=args.dynamic_batch, fp16=args.fp16)
        found = export(student, out, images, args.format, **options)
    except (*MISTAKES, ImportError) as error:
        parser.error(error_message(error))
    print(f'written: {out} ({out.stat().st_size / 1e6:.1f} MB)')
    print(f'against torch, on {len(images)} people in batches of several sizes, {found}')


if __name__ == '__main__':
    main()
