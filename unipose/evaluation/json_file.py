"""JSON files that are either whole or not there."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def write_json(path: str | Path, content: Any) -> None:
    """Writes a JSON file in one step: it is never half written, and a failure leaves an older one as it was.

    Args:
        path: Where to; folders are made.
        content: Mappings, sequences, numbers (numpy's too), strings; NaN and infinity become null.

    Raises:
        OSError: If it cannot be written there.
        TypeError: If the content is something else.
    """
    text = json.dumps(_plain(content), indent=1, allow_nan=False)
    path = Path(path)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text + '\n', encoding='utf-8')
        os.replace(temporary, path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        _remove(temporary)


def check_writable(path: str | Path) -> None:
    """Makes sure that :func:`write_json` will succeed, before hours of work; an existing file is not touched.

    Raises:
        OSError: If a file cannot be written there.
    """
    path = Path(path)
    probe = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        if path.is_dir():
            raise IsADirectoryError(21, 'it is a folder')
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        _remove(probe)


def _unwritable(path: Path, error: OSError) -> OSError:
    return OSError(
        f'{path} cannot be written ({error.strerror or error}); name a file in a folder that you can write to'
    )


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # a parent is no folder; then nothing was made either
        path.unlink(missing_ok=True)


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
