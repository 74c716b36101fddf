"""List the configs that come along, which every verb takes by these names; or say where one of them lies."""

import argparse
import ast
from pathlib import Path

from unipose.checkpoints.shipped_configs import locate_config, shipped_configs
from unipose.console.mistakes import mistakes_told

EXAMPLE = 'distill_small --show'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('name', nargs='?', metavar='NAME', help='say where the file of this one is; default: list all')
    parser.add_argument('--show', action='store_true', help='print its text instead')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if args.show and not args.name:
        parser.error('--show prints the text of one config: give its NAME')
    if not args.name:
        known = shipped_configs()
        width = max(map(len, known))
        print('\n'.join(f'{name:{width}}  {_first_line(file)}' for name, file in known.items()))
        return
    with mistakes_told(parser):
        file = locate_config(args.name)
        print(file.read_text(encoding='utf-8').rstrip() if args.show else file)


def _first_line(file: Path) -> str:
    return (ast.get_docstring(ast.parse(file.read_text(encoding='utf-8'))) or '').partition('\n')[0]
