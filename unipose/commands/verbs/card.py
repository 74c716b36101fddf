"""Write a model card and MMPose's metafile of a scored run, from the run's own files."""

import argparse
import os
import sys
from pathlib import Path

from unipose.console.mistakes import MISTAKES, mistakes_told

EXAMPLE = 'work_dirs/distill_small --license apache-2.0'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('work_dir', type=Path, help='with the metrics.json of `unipose test`, best with --teachers')
    add('--checkpoint', type=Path, help="the run's, or its exported student; default: the one that was scored")
    add('--onnx', type=Path, help='the same student as `unipose export` wrote it')
    add('--license', default='unknown', help="of the weights, in Hugging Face's spelling; default: unknown")
    add('--out-dir', type=Path, help='for MODEL_CARD.md and metafile.yml; default: the work dir')
    add('--card', type=Path, metavar='FILE', help='write the card alone, into this file')
    add('--pictures', nargs='+', type=Path, default=[], help='drawn pictures that the card shows, from where they lie')
    add('--force', action='store_true', help='write over existing files')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if not args.work_dir.is_dir():
        parser.error(f'no work dir {args.work_dir}; `unipose train` makes one')
    if args.card and args.out_dir:
        parser.error('--card is the file of the card alone; leave out --out-dir')
    folder = args.out_dir or args.work_dir
    files = [args.card] if args.card else [folder / 'MODEL_CARD.md', folder / 'metafile.yml']
    existing = [str(file) for file in files if file.exists()]
    if existing and not args.force:
        parser.error(
            f'{", ".join(existing)} exists; name another folder with --out-dir, or add --force to write over it'
        )

    import unipose.registration  # noqa: F401

    # isort: split
    import yaml

    from unipose.checkpoints.licences import Licence, conflicts
    from unipose.commands.card.card import model_card
    from unipose.commands.card.metafile import metafile
    from unipose.commands.card.run import read_run
    from unipose.files import write_file

    with mistakes_told(parser, (*MISTAKES, ImportError)):
        scored = read_run(args.work_dir, args.checkpoint, args.onnx)
        pictures = [Path(os.path.relpath(picture, files[0].parent)).as_posix() for picture in args.pictures]
        texts = [model_card(scored, args.license, pictures), yaml.safe_dump(metafile(scored))]
        for file, text in zip(files, texts):  # the card may be alone
            write_file(file, text.encode())
    print(f'written: {", ".join(map(str, files))}')
    for conflict in conflicts(Licence.of(args.license, '--license'), scored.licences):
        print(f'warning: {conflict}', file=sys.stderr)
