"""Export a student as ONNX, TorchScript or a plain MMPose model.

A file of the first two is compared with torch, and kept only if it predicts the same. In half precision and int8 it may
differ a little; by how much it does is printed. MMPose's is a .pth file, with its config beside it as a .py.
"""

import argparse
from pathlib import Path

from unipose.commands.export.out_file import MMPOSE, SUFFIXES, checked_out
from unipose.console.mistakes import MISTAKES, mistakes_told

EXAMPLE = (
    'work_dirs/distill_small/epoch_420.pth --format onnx --images photos\n'
    'work_dirs/distill_small/epoch_420.pth --format mmpose --out student.pth'
)
ALONE = ('checkpoint', 'format', 'out', 'force')  # what --format mmpose takes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('checkpoint', help='checkpoint of a training run, or of --format mmpose with its config beside it')
    add('--format', choices=(MMPOSE, *SUFFIXES), default='onnx', help='default: onnx')
    add('--out', type=Path, help='default: the checkpoint with another suffix; required for mmpose')
    add('--with-decode', action='store_true', help='outputs are keypoints and scores instead of simcc_x and simcc_y')
    add('--bgr', action='store_true', help="take BGR normalised with RGB's mean and std, which is what rtmlib feeds")
    add('--dynamic-batch', action=argparse.BooleanOptionalAction, default=True, help='batches of any size; else of 1')
    add('--simplify', action='store_true', help='have onnxslim make the graph smaller')
    add('--fp16', action='store_true', help='weights and arithmetic in half precision')
    add('--int8', action='store_true', help='quantise up to the head, calibrated on training people')
    add('--calibrate-on', metavar='CONFIG', help="config of the training people; default: the checkpoint's own")
    add('--images', type=Path, help='an image or folder of people to check the file on; default: synthetic people')
    add('--det-model', help='an RTMDet or YOLOX (.onnx) that finds people in --images; default: the whole image')
    add('--force', action='store_true', help='write over an existing file')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if args.format == MMPOSE:
        _check_mmpose(args, parser)
        export_mmpose(args, parser)
    else:
        _export_file(args, _checked_out(args, parser), parser)


def _check_mmpose(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    given = [name for name, value in vars(args).items() if name not in ALONE and value != parser.get_default(name)]
    if given:
        options = ', '.join(f'--{name.replace("_", "-")}' for name in given).replace('--dynamic', '--no-dynamic')
        parser.error(f'--format mmpose takes --out and --force alone; leave out {options}')
    if not args.out:
        parser.error('--format mmpose writes a .pth file, and a config beside it: name the first with --out')


def export_mmpose(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Writes a plain MMPose model: ``args.checkpoint`` as ``args.out``, with ``args.force`` over existing files."""
    import unipose.registration  # noqa: F401
    from unipose.distillers.write_mmpose_files import export_student

    with mistakes_told(parser, (ValueError, OSError)):
        weights, config = export_student(args.checkpoint, args.out, args.force)
    print(f'written: {weights}, {config}')


def _checked_out(args: argparse.Namespace, parser: argparse.ArgumentParser) -> Path:
    """The file to write, where the arguments go together."""
    if args.calibrate_on and not args.int8:
        parser.error('--calibrate-on goes with --int8')
    if args.det_model and not args.images:
        parser.error('--det-model finds people in --images; give both')
    with mistakes_told(parser):
        return checked_out(args.checkpoint, args.out, args.format, args.force)


def _export_file(args: argparse.Namespace, out: Path, parser: argparse.ArgumentParser) -> None:
    import unipose.registration  # noqa: F401
    from unipose.commands.export.run import export_checkpoint

    with mistakes_told(parser, (*MISTAKES, ImportError)):
        found = export_checkpoint(
            args.checkpoint,
            out,
            kind=args.format,
            decode=args.with_decode,
            bgr=args.bgr,
            dynamic_batch=args.dynamic_batch,
            simplify=args.simplify,
            fp16=args.fp16,
            int8=args.int8,
            calibrate_on=args.calibrate_on,
            images=args.images,
            det_model=args.det_model,
        )
    print(f'written: {out} ({out.stat().st_size / 1e6:.1f} MB)\n{found}')
