"""The user's mistakes: what they raise, and how they are told in a few lines."""

from __future__ import annotations

import re

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
