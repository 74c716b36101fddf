"""JSON files, read with suspicion and written whole."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .write_file import write_file


def read_json(path: str | Path, remedy: str = 'correct it, or get it again') -> Any:
    """Reads a JSON file; some editors put a byte order mark in front.

    Args:
        path: The file.
        remedy: What to do about a damaged one.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no JSON; the message says what to do.
    """
    try:
        return json.loads(Path(path).read_text(encoding='utf-8-sig'))
    except UnicodeDecodeError as error:
        raise ValueError(
            f'{path} is not JSON ({error}); if another program reads it, save it as UTF-8 there'
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path} is not JSON ({error}); {remedy}') from error


def read_json_lines(path: str | Path) -> Iterator[Any]:
    """What each line of a file says, if there is one; a line that a full disk or a kill has left in half is none."""
    for line in Path(path).read_text(encoding='utf-8').splitlines() if Path(path).is_file() else ():
        with contextlib.suppress(json.JSONDecodeError):
            yield json.loads(line)


def write_json(path: str | Path, content: Any) -> None:
    """Writes a JSON file in one step, see :func:`unipose.files.write_file`.

    Args:
        path: Where to; folders are made.
        content: Mappings, sequences, numbers (numpy's too), strings; NaN and infinity become null.

    Raises:
        OSError: If it cannot be written there.
        TypeError: If the content is something else.
    """
    text = json.dumps(_plain(content), indent=1, allow_nan=False)
    write_file(path, f'{text}\n'.encode())


def _plain(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, np.ndarray):
        return _plain(content.tolist())
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if isinstance(content, np.generic):
        return _plain(content.item())
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
