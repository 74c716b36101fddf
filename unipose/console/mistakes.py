"""The user's mistakes: what they raise, and how they are told in a few lines."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
from collections.abc import Iterator

TRACEBACK = 'UNIPOSE_TRACEBACK'
"""The environment variable that has a mistake's whole traceback shown where it is told; empty and 0 do not."""
MISTAKES = (ValueError, TypeError, KeyError, OSError, AssertionError)
"""What a wrong config, option or file makes this code and OpenMMLab's raise while a run is set up."""

# torch puts the traceback of a DataLoader's worker into the message, as text
_WORKER = re.compile(r'Caught \w+ in DataLoader worker process \d+\.\nOriginal Traceback.*\n(?:\w+\.)*\w+: ', re.DOTALL)


def error_message(error: BaseException) -> str:
    """What an error says, without a worker's traceback before it or the quotes that a KeyError puts around it.

    Args:
        error: The error.

    Returns:
        Its message; with its type in front where the message alone would not be understood.

    >>> error_message(KeyError('input_size'))
    "KeyError: 'input_size'"
    >>> error_message(KeyError('Foo is not in the registry'))
    'Foo is not in the registry'
    """
    message = str(error)
    if isinstance(error, KeyError) and error.args and ' ' in str(error.args[0]):
        message = str(error.args[0])
    message = _WORKER.sub('', message, count=1).strip()
    told = message and not (isinstance(error, KeyError) and ' ' not in message)
    return message if told else f'{type(error).__name__}: {message}'.rstrip(': ')


@contextlib.contextmanager
def mistakes_told(
    parser: argparse.ArgumentParser, kinds: tuple[type[Exception], ...] = MISTAKES, usage: bool = True
) -> Iterator[None]:
    """Has a command end with a few lines, and exit code 2, where the work within raises one of some kinds of mistakes.

    Args:
        parser: The command's.
        kinds: Which errors are mistakes; all others are raised as they are.
        usage: Whether the command's usage is said first.
    """
    try:
        yield
    except kinds as error:
        show_traceback(error)
        if usage:
            parser.error(error_message(error))
        parser.exit(2, f'{parser.prog}: error: {error_message(error)}\n')


@contextlib.contextmanager
def mistakes_raised() -> Iterator[None]:
    """Has a program get its mistakes as ValueError or OSError: what else the stack raises for one is a ValueError."""
    try:
        yield
    except (ValueError, OSError):
        raise
    except MISTAKES as error:
        raise ValueError(error_message(error)) from error


def show_traceback(error: BaseException) -> None:
    """Prints the traceback of a mistake that is told, where :data:`TRACEBACK` or ``--traceback`` asks for it."""
    if os.environ.get(TRACEBACK, '') not in ('', '0'):
        import traceback

        traceback.print_exception(error)


def add_traceback_option(parser: argparse.ArgumentParser) -> None:
    """Adds ``--traceback`` to a command."""
    parser.add_argument(
        '--traceback',
        action=_TracebackOption,
        help=f'where a mistake is told, show its whole traceback, as the environment variable {TRACEBACK}=1 does',
    )


class _TracebackOption(argparse.Action):
    """Asks for tracebacks at once, of this process and those that it starts."""

    def __init__(self, option_strings: list[str], dest: str, help: str) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, *_: object) -> None:
        os.environ[TRACEBACK] = '1'
