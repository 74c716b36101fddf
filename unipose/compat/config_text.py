"""Keeps a config's text that has been formatted once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from unipose.compat.patch import Patch

_KEPT = 4


def mmengine_formats_a_config_each_time() -> Patch:
    """Format the same text once.

    Symptom: A run begins seconds later than it could, on every rank.
    Cause: MMEngine has yapf format the whole config whenever it is logged or written, five times at the start of a run.
    """
    from mmengine.config import config

    config.FormatCode = formatted_once(config.FormatCode)
    return Patch(
        'mmengine_formats_a_config_each_time', 'yapf formats a config whenever it is written: its text is kept'
    )


def formatted_once(format_code: Callable[..., tuple[str, bool]]) -> Callable[..., tuple[str, bool]]:
    """yapf's function, which remembers the last few texts that it was given."""
    known: dict[tuple[str, str], tuple[str, bool]] = {}

    @wraps(format_code)
    def remembered(text: str, **options: Any) -> tuple[str, bool]:
        key = text, repr(options)
        if key not in known:
            known[key] = format_code(text, **options)
            if len(known) > _KEPT:
                known.pop(next(iter(known)))
        return known[key]

    return remembered
