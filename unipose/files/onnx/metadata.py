"""What an exported file says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unipose.skeletons.skeleton import Keypoint, Link, Skeleton

from .session import open_session

METADATA_KEY = 'unipose'
"""Under which it says so, as JSON."""


def read_metadata(session: Any, file: object) -> dict[str, Any]:
    """Reads what ``unipose export`` wrote into the metadata of an ONNX file.

    Args:
        session: onnxruntime's session of it.
        file: Its name, for the message.

    Returns:
        Facts such as ``keypoint_names``; none of a file that another tool wrote.

    Raises:
        ValueError: If they are damaged.
    """
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY, '{}')
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError) as error:
        raise ValueError(f'{file}: what its metadata say under {METADATA_KEY!r} is damaged; export it again') from error


def part_of_skeleton(skeleton: Skeleton, facts: Mapping[str, Any], name: str | None, file: object) -> Skeleton:
    """What a skeleton of this name has of a file's, in the order of its own; None is all.

    Args:
        skeleton: The file's.
        facts: What :func:`read_metadata` read.
        name: One of those that the file's is made of, such as ``'coco'``.
        file: Its name, for messages.

    Raises:
        ValueError: If it is made of no such skeleton.
    """
    parts = facts.get('parts', {})
    if name is None or name == skeleton.name:
        return skeleton
    if name not in parts:
        raise ValueError(f'{file} has the keypoints of {", ".join([skeleton.name, *parts])}. Got: skeleton {name!r}')
    return skeleton.select(parts[name])


def skeleton_of_file(file: str | Path) -> Skeleton:
    """The skeleton of a student that ``unipose export`` wrote, to draw its keypoints whatever runs it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it does not say what its keypoints are.
    """
    return skeleton_of_metadata(read_metadata(open_session(file, threads=1), file), file)


def skeleton_of_metadata(facts: Mapping[str, Any], file: object) -> Skeleton:
    """The skeleton of a file's keypoints.

    Args:
        facts: What :func:`read_metadata` read.
        file: Its name, for messages.

    Raises:
        ValueError: If the facts are of no file of ``unipose export``.
    """
    if not facts:
        raise ValueError(
            f'{file} does not say what its keypoints are: `unipose export` did not write it. Export the student with '
            'it, or use OnnxPoseEstimator, which takes any RTMPose'
        )
    names = facts['keypoint_names']
    each = zip(names, facts['sigmas'], facts['flip_indices'], facts['keypoint_colors'], strict=True)
    links = zip(facts['skeleton_links'], facts['link_colors'], strict=True)
    return Skeleton(
        facts['skeleton'],
        tuple(
            Keypoint(name, sigma, swap='' if names[mirrored] == name else names[mirrored], color=tuple(color))
            for name, sigma, mirrored, color in each
        ),
        tuple(Link(names[start], names[end], tuple(color)) for (start, end), color in links),
    )
