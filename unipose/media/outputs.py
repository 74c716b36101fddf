"""Names and places for what is made of images and videos."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from unipose.files import check_writable


def output_stems(paths: Sequence[Path]) -> list[str]:
    """Names for what is written of each file: without suffix, or as much of its path as tells it from the others.

    >>> output_stems([Path('a.jpg'), Path('a.png'), Path('x/b.png'), Path('y/b.png')])
    ['a.jpg', 'a.png', 'x_b.png', 'y_b.png']
    """
    stems = [path.stem for path in paths]
    for depth in range(1, max((len(path.parts) for path in paths), default=0) + 2):
        taken = Counter(stem.lower() for stem in stems)  # some file systems do not tell A from a
        longer = ['_'.join(part for part in path.parts[-depth:] if part != path.anchor) for path in paths]
        stems = [long if taken[stem.lower()] > 1 else stem for stem, long in zip(stems, longer)]
    taken = Counter(stem.lower() for stem in stems)  # whole paths can still be one: x/a_b and x_a/b
    return [f'{number}_{stem}' if taken[stem.lower()] > 1 else stem for number, stem in enumerate(stems)]


def prepare_output_file(file: str | Path, inputs: Sequence[Path]) -> None:
    """Finds out before the work whether a file of results can be written.

    Raises:
        ValueError: If it is one of the inputs.
        OSError: If it cannot be written to.
    """
    if Path(file).resolve() in {path.resolve() for path in inputs}:
        raise ValueError(f'the results would be written over the input {file}; name another file')
    check_writable(file)


def prepare_output_folder(folder: str | Path, inputs: Sequence[Path]) -> None:
    """Makes a folder for results, and finds out before the work whether they can be written.

    Raises:
        ValueError: If the inputs lie in it, and results could take their place.
        OSError: If it cannot be made or written to.
    """
    folder = Path(folder)
    if any(folder.resolve() in (path.resolve().parent, path.parent.resolve()) for path in inputs):
        raise ValueError(f'the results would be written among the input, over files of the same name: {folder}')
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(f'cannot write to {folder}: {error.strerror}; give another folder') from error
