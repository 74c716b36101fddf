"""The command `unipose VERB ...`, and its verbs.

A verb is a module of `unipose.commands.verbs` that imports nothing heavy: `--help` and mistakes in arguments answer at
once. Its docstring describes it, each line of `EXAMPLE` is what follows its name on a line to copy,
`add_arguments(parser)` says what it takes, and `run(args, parser)` does it and may return an exit code.
`INTERMIXED = True` allows positional arguments behind options.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from itertools import takewhile
from types import ModuleType

from unipose import __version__
from unipose.console.mistakes import add_traceback_option, show_traceback

# A worker that was spawned reads the script again, as its __mp_main__: what it is then sent needs the patches.
if sys.modules.get('__mp_main__', sys.modules['__main__']) is not sys.modules['__main__']:
    import unipose.registration  # noqa: F401

VERBS = {
    'get': {
        'download': 'published teachers and student backbones',
        'configs': 'what comes along to train, by name',
        'init': 'configs for people of your own',
        'doctor': 'what is installed, in place and missing, and the next step',
        'synthetic': 'datasets of synthetic people',
        'convert': 'annotations of Label Studio or YOLO as COCO has them',
        'demo': 'a small student of two teachers, on synthetic people',
    },
    'look': {
        'check': 'what is wrong with a dataset',
        'browse': 'pictures of what networks are fed',
    },
    'train': {
        'train': 'a student, distilled from teachers or alone',
        'cache': 'what teachers say, stored: training then runs none',
        'crops': 'people, cut out of their images once',
        'calibrate': "what a teacher's confidence is worth",
        'full_run': 'all of it, from data and teachers to a student and its card',
    },
    'score': {
        'test': 'a student, or teachers, on every dataset of a config',
        'rescore': 'a network that scores how well people are placed',
        'report': 'a training run as one HTML file',
        'card': "a model card, and MMPose's metafile",
        'speed': 'frames a second, on every backend',
    },
    'ship': {
        'export': 'a student as ONNX, TorchScript or a plain MMPose model',
        'predict': 'people in images or a video, drawn and written',
        'label': 'people in images, labelled by teachers to train on',
        'app': 'a page to try students and teachers in a browser',
    },
    'shell': {
        'completion': 'what completes verbs, options and files in bash or zsh',
    },
}
"""What there is to do, in a line each, by what it is for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command ``unipose``.

    Args:
        arguments: Command line; None for the real one.

    Returns:
        The exit code.
    """
    logging.raiseExceptions = False  # else a terminal that has gone costs a traceback for every line of a log
    arguments, parser = list(sys.argv[1:] if arguments is None else arguments), _parser()
    parser.add_argument('verb', metavar='VERB', type=_verb, help='what to do; `unipose VERB --help` says what it takes')
    own = len(list(takewhile(lambda argument: argument.startswith('-'), arguments)))
    verb = parser.parse_args(arguments[: own + 1] or ['--help']).verb
    return run_verb(verb, arguments[own + 1 :], f'unipose {verb}')


def run_verb(name: str, arguments: Sequence[str] | None = None, called: str | None = None) -> int:
    """Does what a verb does.

    Args:
        name: The verb.
        arguments: What follows it on the command line; None for all of the real one.
        called: What it is called by, in messages and examples; by default the script of ``tools/`` that runs.

    Returns:
        The exit code.
    """
    verb, script = verb_module(name), os.path.basename(sys.argv[0])
    parser = argparse.ArgumentParser(
        prog=called or script,
        description=verb.__doc__,
        epilog=_examples(verb, called or f'python tools/{script}'),
        formatter_class=_HelpFormatter,
    )
    _add_arguments(verb, parser)
    parse = parser.parse_intermixed_args if getattr(verb, 'INTERMIXED', False) else parser.parse_args
    args = parse(arguments)
    try:
        code = verb.run(args, parser) or 0
        sys.stdout.flush()
    except BrokenPipeError:  # `unipose configs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except ImportError as error:
        if 'unipose.registration' in sys.modules:
            raise
        show_traceback(error)
        parser.exit(2, f'{parser.prog}: error: {error}\n`unipose doctor` says what is installed, and what is missing\n')
    if 'torch' in sys.modules:
        from unipose.compute.distributed import end_distributed

        end_distributed()
    return code


def whole_parser() -> argparse.ArgumentParser:
    """The parser of all verbs together, to look at; for one command it is not made."""
    parser = _parser()
    verbs = parser.add_subparsers()
    for group in VERBS.values():
        for name, line in group.items():
            _add_arguments(verb_module(name), verbs.add_parser(name, help=line))
    return parser


def verb_module(name: str) -> ModuleType:
    """The module of a verb."""
    return importlib.import_module(f'unipose.commands.verbs.{name}')


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='unipose',
        usage='unipose [-h] [--version] [--traceback] VERB ...',
        description='Distil several pose teachers into one student of all their keypoints.',
        epilog=_listed(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=f'unipose {__version__}')
    add_traceback_option(parser)
    return parser


def _add_arguments(verb: ModuleType, parser: argparse.ArgumentParser) -> None:
    verb.add_arguments(parser)
    add_traceback_option(parser)


def _verb(text: str) -> str:
    names = [name for group in VERBS.values() for name in group]
    if text in names:
        return text
    from difflib import get_close_matches

    close = get_close_matches(text, names, 1)
    raise argparse.ArgumentTypeError(
        f'there is no {text!r}; ' + (f'did you mean {close[0]!r}?' if close else 'unipose --help says what there is')
    )


def _listed() -> str:
    lines = []
    for group, verbs in VERBS.items():
        lines += [f'{group}:', *(f'  {name:12}{line}' for name, line in verbs.items()), '']
    return '\n'.join(lines)


def _examples(verb: ModuleType, called: str) -> str:
    return '\n'.join(f'example: {called} {line}'.rstrip() for line in verb.EXAMPLE.split('\n'))


class _HelpFormatter(argparse.HelpFormatter):
    """Keeps paragraphs apart, and lines to copy as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith('example:'):
            return text
        fill = super()._fill_text
        return '\n\n'.join(fill(paragraph, width, indent) for paragraph in text.split('\n\n'))
