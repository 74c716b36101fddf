"""What whoever takes the student that comes along is told."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from unipose.checkpoints.licences import from_plain


def introduction(facts: Mapping[str, Any]) -> str:
    """A line on the student that comes along: what it predicts, from how many pixels, and licences to know of.

    Args:
        facts: What its file says of itself, see :func:`unipose.files.onnx.metadata.read_metadata`.

    Raises:
        ValueError: If what it says of licences is damaged.
    """
    predicted = f'{len(facts["keypoint_names"])} keypoints of {facts["skeleton"]}'
    width, height = facts['input_size']
    inherited = from_plain(facts.get('licences', ()), 'student.onnx')
    licences = ', '.join(sorted({one.licence.name for one in inherited})) or 'none stated'
    return (
        f"unipose's own student: {predicted}, input {width}x{height}; licences of what it learned from: {licences}; "
        f'its card: {resources.files(__package__) / "README.md"}'
    )
