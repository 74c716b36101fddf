"""The folders that commands about real people are given."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_folders(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that :func:`folders_of` reads."""
    parser.add_argument('people', type=Path, help='folder with coco, mpii, lsp, lspet and stanford40')
    parser.add_argument('teachers', type=Path, help='folder of the ONNX files that teachers/README.md names')
    parser.add_argument('--coco-dev', type=Path, help="dev's people, in COCO's layout; default: coco beside PEOPLE_DIR")


def folders_of(args: argparse.Namespace) -> tuple[Path, Path, Path]:
    """Folders of people, of teachers and of dev's people of COCO, whatever folder the command goes to."""
    people = args.people.resolve()
    return people, args.teachers.resolve(), (args.coco_dev or people.parent / 'coco').resolve()
