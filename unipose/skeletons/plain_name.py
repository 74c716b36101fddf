"""Keypoint names as people write them."""

from __future__ import annotations

import re
from typing import Any


def plain_name(name: Any) -> str:
    """A name without case and signs, by which the same keypoint is known again in another tool's file.

    >>> plain_name('Left Eye') == plain_name('left_eye')
    True
    """
    return re.sub(r'[^a-z0-9]', '', str(name).lower())
