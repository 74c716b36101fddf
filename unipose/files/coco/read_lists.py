"""Lists of a file in COCO's format, and what a file is that has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from unipose.files.json_entries import read_json_entries
from unipose.files.json_file import read_json

from .told import AnnotationError


def read_lists(file: str | Path, take: Mapping[str, Callable[[Any], object]]) -> dict[str, Any]:
    """Reads a file as :func:`unipose.files.json_entries.read_json_entries` does; says what it is where it cannot.

    Args:
        file: The file.
        take: By key, what is called with each entry of its list.

    Raises:
        FileNotFoundError: If there is no such file.
        AnnotationError: If it is no JSON, or has not these lists.
    """
    try:
        return read_json_entries(file, take)
    except (ValueError, RecursionError) as error:
        raise AnnotationError(_what_it_is(Path(file), list(take), error)) from error


def described(content: Any) -> str:
    """What a file holds, in a few words."""
    if isinstance(content, Mapping):
        return f'a mapping of {", ".join(map(str, list(content)[:8])) or "nothing"}'
    return f'a {type(content).__name__}' + (f' of {len(content)}' if isinstance(content, list) else '')


def _what_it_is(file: Path, keys: list[str], error: Exception) -> str:
    try:
        content = read_json(file)
    except ValueError as no_json:
        return str(no_json)
    if isinstance(content, Mapping) and all(isinstance(content.get(key), list) for key in keys):
        return str(error)  # a key that is there twice
    lists = ' and '.join(keys)
    return f"{file} must be a mapping with lists of {lists}, COCO's layout. Got: {described(content)}"
