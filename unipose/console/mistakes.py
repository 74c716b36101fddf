"""The user's mistakes: what they raise, and how they are told in a few lines."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import time
from collections.abc import Iterator

TRACEBACK = 'UNIPOSE_TRACEBACK'
"""The environment variable that has a mistake's whole traceback shown where it is told; empty and 0 do not."""
MISTAKES = (ValueError, TypeError, KeyError, OSError, AssertionError)
"""What a wrong config, option or file makes this code and OpenMMLab's raise while a run is set up."""

# torch puts the traceback of a DataLoader's worker into the message, as text
_WORKER = re.compile(r'Caught \w+ in DataLoader worker process \d+\.\nOriginal Traceback.*\n(?:\w+\.)*\w+: ', re.DOTALL)

# what torch says of processes that are gone, and what to do
_GONE = {
    r'unable to .* </torch_.*Too many open files': (
        'raise how many files a process may open (ulimit -n 4096), or take fewer workers '
        '(train_dataloader.num_workers of the config)'
    ),
    r'DataLoader worker \(pid.*\) is killed by signal: (Segmentation fault|Aborted|Illegal instruction)': (
        'a library that it calls has crashed: train_dataloader.num_workers=0 and PYTHONFAULTHANDLER=1 say where'
    ),
    r'DataLoader worker \(pid.*\) (is killed by signal|exited unexpectedly)|unable to .* </torch_\d+_\d+_\d+>': (
        'that is mostly for want of memory, or of shared memory (/dev/shm): take fewer workers '
        '(train_dataloader.num_workers of the config)'
    ),
    r'.*gloo/transport/.* (closed|reset) by peer': 'another process of this run is gone, and its output may say why',
}
_MOMENT = 1.0  # seconds


def machine_fault(error: Exception) -> Exception | None:
    """What has gone wrong in the machine, as a full disk and a killed worker do, and not in config or code.

    Args:
        error: What was raised.

    Returns:
        That error; where it is one of a broken connection, that of the worker which was killed at its other end: torch
        raises it a moment later, wherever the program is then. None for errors of any other origin.
    """
    if isinstance(error, ConnectionError | EOFError):
        try:
            time.sleep(_MOMENT)
        except RuntimeError as later:
            error = later
    return error if isinstance(error, OSError) or _advice(error) else None


def _advice(error: BaseException) -> str | None:
    """What to do about a process that is gone; None for other errors."""
    message = _plain(str(error)) if isinstance(error, RuntimeError) else ''
    return next((advice for said, advice in _GONE.items() if re.match(said, message)), None)


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
    message = _plain(message)
    if advice := _advice(error):
        message = f'{message.rstrip(".")}; {advice}'
    told = message and not (isinstance(error, KeyError) and ' ' not in message)
    return message if told else f'{type(error).__name__}: {message}'.rstrip(': ')


def _plain(message: str) -> str:
    return _WORKER.sub('', message, count=1).strip()


@contextlib.contextmanager
def mistakes_told(
    parser: argparse.ArgumentParser, kinds: tuple[type[Exception], ...] = MISTAKES, usage: bool = True
) -> Iterator[None]:
    """Has a command end with a few lines, and exit code 2, where the work within raises one of some kinds of mistakes.

    Args:
        parser: The command's.
        kinds: Which errors are mistakes; all others are raised as they are, but for processes that are gone.
        usage: Whether the command's usage is said first.
    """
    try:
        yield
    except (*kinds, RuntimeError, EOFError) as error:
        error = machine_fault(error) or error
        if not isinstance(error, kinds) and not _advice(error):
            raise
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
