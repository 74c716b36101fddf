"""Puts a benchmark's tables into a page, between marks."""

from __future__ import annotations

from pathlib import Path

from unipose.files import write_file


def write_between(page: Path, name: str, tool: str, text: str) -> None:
    """Replaces what is between a page's marks; a page without them gets them at its end.

    Args:
        page: The page.
        name: Of the tables, in the marks.
        tool: What writes them.
        text: The tables.

    Raises:
        ValueError: If one of two marks is lost.
    """
    begin, end = f'<!-- {name} tables begin, written by {tool} -->', f'<!-- {name} tables end -->'
    content = page.read_text(encoding='utf-8') if page.is_file() else '# Results\n'
    if begin not in content and end not in content:
        content += f'\n{begin}\n{end}\n'
    if begin not in content or end not in content:
        raise ValueError(f'{page} has lost its marks; put {begin!r} and {end!r} where the tables go')
    before, rest = content.split(begin)
    write_file(page, f'{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}'.encode())
