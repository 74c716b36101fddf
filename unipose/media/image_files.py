"""Finds the images to read, and names and places for what is made of them."""

from __future__ import annotations

import contextlib
import glob
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from unipose.files import check_writable

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')
VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.gif')


class InputError(ValueError):
    """The input does not exist, or there is no image in it."""


def list_images(path: str | Path) -> list[Path]:
    """Lists what there is to read.

    Args:
        path: An image, or a folder, of which the images are taken in order of their names, subfolders left out.

    Returns:
        Paths of one or more files, in order.

    Raises:
        InputError: If there is no such path, or no image in the folder.
    """
    path = Path(path)
    if not path.exists():
        with contextlib.suppress(RuntimeError):  # nobody's home
            path = path.expanduser()
    if path.is_file():
        if path.suffix.lower() in VIDEO_SUFFIXES:
            raise InputError(f'{path} is a video, and images are read here; give a video alone')
        return [path]
    if not path.is_dir():
        raise InputError(f'no such file or folder: {path}')
    # a link to nowhere is taken for an image, so that it is missed when it is read
    files = sorted(file for file in path.iterdir() if file.is_file() or not file.exists())
    images = [file for file in files if file.suffix.lower() in IMAGE_SUFFIXES]
    if not images:
        raise InputError(
            f'no image in {path} ({len(files)} other files; subfolders are not searched); '
            f'images end in {", ".join(IMAGE_SUFFIXES)}'
        )
    return images


def list_inputs(inputs: Sequence[str | Path]) -> tuple[list[Path], list[str]]:
    """Lists what there is to read of several inputs.

    Args:
        inputs: Images, folders and patterns such as ``photos/*.jpg``.

    Returns:
        Paths, each once, in order; and what is wrong with inputs that give none.

    Raises:
        InputError: If no input gives any.
    """
    images: dict[Path, Path] = {}
    problems = []
    for given in inputs:
        found = sorted(glob.glob(str(given), recursive=True)) if _is_pattern(given) else [given]
        if not found:
            problems.append(f'no file fits {given}')
        for path in found:
            try:
                for image in list_images(path):
                    images.setdefault(image.parent.resolve() / image.name, image)
            except InputError as error:
                problems.append(str(error))
            except OSError as error:  # not ours to look into, a name that is too long
                problems.append(f'{path}: {error.strerror}')
    if not images:
        raise InputError('; '.join(problems))
    return list(images.values()), problems


def _is_pattern(given: str | Path) -> bool:
    return glob.has_magic(str(given)) and not os.path.exists(given)


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
