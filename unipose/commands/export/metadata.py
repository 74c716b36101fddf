"""What an ONNX file of a student says of itself: all that whoever runs it must know."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import unipose
from unipose.checkpoints.licences import to_plain
from unipose.checkpoints.loading import sha256_file
from unipose.skeletons import Skeleton, load_skeleton

from .deployed_student import Exportable
from .options import ExportOptions


def exported_metadata(student: Exportable, options: ExportOptions) -> str:
    """The metadata of an exported file, as JSON; :func:`unipose.files.onnx.metadata.read_metadata` reads it.

    Args:
        student: The student.
        options: How it is exported.
    """
    skeleton = student.skeleton
    values = dict(
        unipose=unipose.__version__,
        skeleton=skeleton.name,
        parts=_parts_of(skeleton),
        keypoint_names=skeleton.names,
        flip_indices=skeleton.flip_indices,
        skeleton_links=skeleton.link_indices,
        keypoint_colors=[keypoint.color for keypoint in skeleton.keypoints],
        link_colors=[link.color for link in skeleton.links],
        sigmas=[sigma if math.isfinite(sigma) else None for sigma in skeleton.sigmas],  # NaN is no JSON
        input_size=student.input_size,
        mean=student.mean,
        std=student.std,
        simcc_split_ratio=float(student.model.head.simcc_split_ratio),
        checkpoint_sha256=sha256_file(student.checkpoint),
        licences=to_plain(student.licences),
        channels='BGR' if options.bgr else 'RGB',
        decoded=options.decode,
        precision='fp16' if options.fp16 else 'fp32' if options.int8 is None else 'int8',
    )
    return json.dumps(values, allow_nan=False)


def _parts_of(skeleton: Skeleton) -> dict[str, tuple[str, ...]]:
    """Keypoint names of the skeletons that a union is named after, as far as they are known by name."""
    parts: dict[str, Any] = {}
    for name in skeleton.name.split('+'):
        with contextlib.suppress(FileNotFoundError):
            parts[name] = load_skeleton(name).names
    return {name: names for name, names in parts.items() if name != skeleton.name and set(names) < set(skeleton.names)}
