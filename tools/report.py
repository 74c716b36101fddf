"""Write a training run as one HTML file: scores, keypoints, curves, samples, protocol and config."""

import argparse
import sys
from pathlib import Path

from mmengine.config import Config

import unipose.registration  # noqa: F401
from unipose.commands.report.page import write_report
from unipose.commands.report.samples import SampleGallery
from unipose.console.mistakes import MISTAKES, error_message
from unipose.files import check_writable
from unipose.files.read_config import ConfigOptions, read_config


def parse_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument('work_dir', type=Path, help='work dir of tools/train.py')
    parser.add_argument('--out', type=Path, help='the HTML file; default: report.html in the work dir')
    parser.add_argument('--config', help='default: the config that the run was started with')
    parser.add_argument('--checkpoint', type=Path, help='default: the last one of the run')
    parser.add_argument('--metrics', type=Path, help='what tools/test.py wrote; default: metrics.json in the work dir')
    parser.add_argument('--samples', type=int, default=256, help='validation samples to choose pictures from; 0: none')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. model.teachers.mpii=None')
    args = parser.parse_args()
    if not args.work_dir.is_dir():
        parser.error(f'no work dir {args.work_dir}; tools/train.py makes one')
    if args.samples < 0:
        parser.error(f'--samples must be at least 0. Got: {args.samples}')
    args.out = args.out or args.work_dir / 'report.html'
    return args


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python tools/report.py work_dirs/distill_small'
    )
    args = parse_args(parser)
    try:
        check_writable(args.out)
        config = read_config(args.config or _config_of(args.work_dir), args.cfg_options)
        checkpoint = args.checkpoint or _last_checkpoint(args.work_dir)
        metrics = args.metrics or args.work_dir / 'metrics.json'
        if args.metrics and not metrics.is_file():
            raise FileNotFoundError(f'no file {metrics}; tools/test.py --out writes it')
        gallery = _gallery(config, checkpoint, args.samples)
        if isinstance(gallery, str):
            print(f'no pictures of samples: {gallery}', file=sys.stderr)
        write_report(args.out, args.work_dir, config, checkpoint, metrics if metrics.is_file() else None, gallery)
    except MISTAKES as error:
        parser.error(error_message(error))
    print(f'{args.out} ({args.out.stat().st_size / 1e6:.1f} MB)')


def _config_of(work_dir: Path) -> Path:
    configs = sorted(work_dir.glob('*/vis_data/config.py'))
    if not configs:
        raise FileNotFoundError(f'{work_dir} has no */vis_data/config.py, so no run has written there; give --config')
    text = configs[-1].read_text(encoding='utf-8')
    named = [file for file in work_dir.glob('*.py') if file.read_text(encoding='utf-8') == text]
    return (named or configs)[-1]  # the same under its own name


def _last_checkpoint(work_dir: Path) -> Path | None:
    """The run's, which may have been moved since."""
    note = work_dir / 'last_checkpoint'
    file = work_dir / Path(note.read_text().strip()).name if note.is_file() else None
    return file if file and file.is_file() else None


def _gallery(config: Config, checkpoint: Path | None, num_samples: int) -> SampleGallery | str:
    """What it says where there is none may be mended, and the rest of the report does not wait for it."""
    if not num_samples:
        return 'none were asked for (--samples 0).'
    if checkpoint is None:
        return 'the run has no checkpoint; give --checkpoint.'
    try:
        return SampleGallery(config, checkpoint, num_samples)
    except MISTAKES as error:
        return error_message(error)


if __name__ == '__main__':
    main()
