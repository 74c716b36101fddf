"""Finds the images and videos to read."""

from __future__ import annotations

import contextlib
import glob
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .kinds import IMAGE_SUFFIXES, VIDEO_SUFFIXES, has_image_start, is_live, is_video

_KINDS = 8  # of other files that are named


class InputError(ValueError):
    """The input does not exist, or there is nothing in it that can be read."""


class Folder(NamedTuple):
    """What lies in a folder, each in order of names; subfolders are left out."""

    images: list[Path]
    videos: list[Path]
    others: list[Path]


class Inputs(NamedTuple):
    """What there is to read of several inputs, each once, in order."""

    images: list[Path]
    videos: list[str]
    """Files, numbers of webcams and URLs of streams."""
    problems: list[str]
    """What is wrong with inputs that give neither."""
    others: list[Path]
    """Files in folders that are neither."""

    def remarks(self) -> list[str]:
        """What is read of nothing, a line each."""
        lines = [f'skipped: {problem}' for problem in self.problems]
        if self.others:
            kinds = Counter(path.suffix.lower() or path.name for path in self.others).most_common()
            told = ', '.join(f'{count} {kind}' for kind, count in kinds[:_KINDS]) + (', ...' if kinds[_KINDS:] else '')
            lines.append(f'left out: {len(self.others)} files that are neither images nor videos ({told})')
        return lines


def look_into(folder: Path) -> Folder:
    """Sorts the files of a folder: by their suffixes, and by their first bytes where these say nothing."""
    # a link to nowhere is taken for what it is called, so that it is missed when it is read
    files = sorted(file for file in folder.iterdir() if file.is_file() or not file.exists())
    found = Folder([], [], [])
    for file in files:
        known = file.suffix.lower() in (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)
        if file.name.startswith('.') or not (known or has_image_start(file)):
            found.others.append(file)
        elif known and is_video(file):
            found.videos.append(file)
        else:
            found.images.append(file)
    return found


def list_inputs(inputs: Sequence[str | Path]) -> Inputs:
    """Lists what there is to read of several inputs.

    Args:
        inputs: Images, videos, folders of them, patterns such as ``photos/*.jpg``, webcams and streams.

    Raises:
        InputError: If no input gives any.
    """
    images: dict[Path, Path] = {}
    videos: dict[Path | str, str] = {}
    others: dict[Path, None] = {}
    problems = []
    for given in inputs:
        if is_live(str(given)):
            videos.setdefault(str(given), str(given))
            continue
        found = sorted(glob.glob(str(given), recursive=True)) if _is_pattern(given) else [given]
        if not found:
            problems.append(f'no file fits {given}')
        for path in found:
            try:
                folder = _look_at(path)
            except InputError as error:
                problems.append(str(error))
            except OSError as error:  # not ours to look into, a name that is too long
                problems.append(f'{path}: {error.strerror}')
            else:
                others.update(dict.fromkeys(folder.others))
                for image in folder.images:
                    images.setdefault(image.parent.resolve() / image.name, image)
                for video in folder.videos:
                    videos.setdefault(video.parent.resolve() / video.name, str(video))
    if not images and not videos:
        raise InputError('; '.join(problems))
    return Inputs(list(images.values()), list(videos.values()), problems, list(others))


def list_images(inputs: Sequence[str | Path]) -> Inputs:
    """Lists the images there are to read of several inputs, see :func:`list_inputs`; videos are problems.

    Raises:
        InputError: If no input gives any.
    """
    found = list_inputs(inputs)
    problems = found.problems + [f'{video} is a video, and images are read here' for video in found.videos]
    if not found.images:
        raise InputError('; '.join(problems))
    return found._replace(videos=[], problems=problems)


def _look_at(path: str | Path) -> Folder:
    """A folder's files, or the one file that it is."""
    path = Path(path)
    if not path.exists():
        with contextlib.suppress(RuntimeError):  # nobody's home
            path = path.expanduser()
    if path.is_file():
        return Folder([], [path], []) if is_video(path) else Folder([path], [], [])
    if not path.is_dir():
        raise InputError(f'no such file or folder: {path}')
    folder = look_into(path)
    if not folder.images and not folder.videos:
        raise InputError(
            f'no image or video in {path} ({len(folder.others)} other files; subfolders are not searched); images end '
            f'in {", ".join(IMAGE_SUFFIXES)}'
        )
    return folder


def _is_pattern(given: str | Path) -> bool:
    return glob.has_magic(str(given)) and not os.path.exists(given)
