"""List the configs that come along, which every verb takes by these names; or say where one of them lies."""

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path

from unipose.checkpoints.shipped_configs import locate_config, shipped_configs
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'distill_small --show'
FOLDERS = {
    '': 'students, for COCO and MPII in data/ (data/README.md), with what `unipose download --backbones` fetches',
    'demo': 'small students and teachers, on synthetic people (`unipose demo`)',
    'teachers': 'to teach, as an entry of model.teachers: each a model, or public files by name',
    'sources': 'to score on beside the own people: `unipose test --also`',
    'real_people': 'of benchmarks/real_people.py in a clone, which puts people and teachers in place',
    'benchmark': 'of benchmarks/distill_quality.py in a clone, on synthetic people',
}
"""What the configs of a folder are for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('name', nargs='?', metavar='NAME', help='say where the file of this one is; default: list all')
    parser.add_argument('--show', action='store_true', help='print its text instead')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if args.show and not args.name:
        parser.error('--show prints the text of one config: give its NAME')
    if not args.name:
        print('\n\n'.join(_listed()))
        return
    with mistakes_told(parser):
        file = locate_config(args.name)
        print(file.read_text(encoding='utf-8').rstrip() if args.show else file)


def _listed() -> Iterator[str]:
    """What comes along, a folder at a time."""
    known = shipped_configs()
    width = max(map(len, known))
    for folder, purpose in FOLDERS.items():
        names = [name for name in known if name.rpartition('/')[0] == folder]
        if names:
            yield '\n'.join([f'{purpose}:', *(f'  {name:{width}}  {_first_line(known[name])}' for name in names)])


def _first_line(file: Path) -> str:
    return (ast.get_docstring(ast.parse(file.read_text(encoding='utf-8'))) or '').partition('\n')[0]
