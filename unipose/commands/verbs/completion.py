"""Print what completes verbs, options and files in a shell.

bash reads it from the folder of the example; zsh from a file _unipose in a folder of its $fpath.
"""

import argparse
from collections.abc import Iterator

EXAMPLE = 'bash > ~/.local/share/bash-completion/completions/unipose'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('shell', choices=('bash', 'zsh'))


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    try:
        import shtab
    except ImportError:
        parser.exit(2, f'{parser.prog}: error: what completes is made with shtab: pip install shtab\n')
    from unipose.commands.main import whole_parser

    whole = whole_parser()
    for action in _actions(whole):
        if action.nargs != 0 and not action.choices and action.type not in (int, float):
            action.complete = shtab.FILE
    print(shtab.complete(whole, args.shell))


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Of a parser, and of those below it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)
        else:
            yield action
