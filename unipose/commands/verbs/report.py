"""Write a training run as one HTML file: scores, keypoints, curves, samples, protocol and config."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from unipose.commands.arguments import add_config_options
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'work_dirs/distill_small'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('work_dir', type=Path, help='work dir of `unipose train`')
    add('--out', type=Path, help='the HTML file; default: report.html in the work dir')
    add('--config', help='default: the config that the run was started with')
    add('--checkpoint', type=Path, help='default: the last one of the run')
    add('--metrics', type=Path, help='what `unipose test` wrote; default: metrics.json in the work dir')
    add('--samples', type=int, default=256, help='validation samples to choose pictures from; 0: none')
    add_config_options(parser, 'e.g. model.teachers.mpii=None')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if not args.work_dir.is_dir():
        parser.error(f'no work dir {args.work_dir}; `unipose train` makes one')
    if args.samples < 0:
        parser.error(f'--samples must be at least 0. Got: {args.samples}')

    import unipose.registration  # noqa: F401
    from unipose.commands.report.page import write_report
    from unipose.commands.report.samples import gallery_of
    from unipose.files import check_writable
    from unipose.files.read_config import read_config

    out = args.out or args.work_dir / 'report.html'
    with mistakes_told(parser):
        check_writable(out)
        config = read_config(args.config or _config_of(args.work_dir), args.cfg_options)
        checkpoint = args.checkpoint or _last_checkpoint(args.work_dir)
        metrics = args.metrics or args.work_dir / 'metrics.json'
        if args.metrics and not metrics.is_file():
            raise FileNotFoundError(f'no file {metrics}; `unipose test --out` writes it')
        gallery = gallery_of(config, checkpoint, args.samples)
        if isinstance(gallery, str):
            print(f'no pictures of samples: {gallery}', file=sys.stderr)
        write_report(out, args.work_dir, config, checkpoint, metrics if metrics.is_file() else None, gallery)
    print(f'{out} ({out.stat().st_size / 1e6:.1f} MB)')


def _config_of(work_dir: Path) -> Path:
    configs = sorted(file for file in work_dir.glob('*/vis_data/config.py') if file.stat().st_size)
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
