"""Exports of Label Studio, the kind JSON, as it makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SIZE = (200, 100)  # of images, pixels


def keypoint(name: str | None, x: float, y: float, parent: str | None = None, **changes: Any) -> dict[str, Any]:
    """A keypoint at percents of the image."""
    value = dict(x=x, y=y, width=0.23, **(dict(keypointlabels=[name]) if name else {}))
    link = dict(parentID=parent) if parent else {}
    return _result('keypointlabels', f'{name}{x}{y}', value, from_name='keypoints', **link, **changes)


def rectangle(
    identity: str, x: float, y: float, width: float, height: float, rotation: float = 0, **changes: Any
) -> dict[str, Any]:
    """A rectangle at percents of the image."""
    value = dict(x=x, y=y, width=width, height=height, rotation=rotation, rectanglelabels=['person'])
    return _result('rectanglelabels', identity, value, from_name='bbox', **changes)


def relation(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A relation between two results."""
    return dict(type='relation', from_id=one['id'], to_id=other['id'], direction='right')


def task(*results: dict[str, Any], image: str = '/data/upload/18/1a2b3c4d-a.jpg', **annotation: Any) -> dict[str, Any]:
    """A task with one annotation."""
    return dict(id=10764, annotations=[annotated(*results, **annotation)], data=dict(image=image), predictions=[])


def annotated(*results: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An annotation of a task."""
    given = dict(id=11996, was_cancelled=False, ground_truth=False, updated_at='2025-05-02T14:46:24.793056Z')
    return {**given, 'result': list(results), **changes}


def export(path: Path, *tasks: dict[str, Any]) -> Path:
    """Writes an export."""
    path.write_text(json.dumps(tasks))
    return path


def _result(kind: str, identity: str, value: dict[str, Any], **changes: Any) -> dict[str, Any]:
    shown = dict(original_width=SIZE[0], original_height=SIZE[1], image_rotation=0, origin='manual', to_name='image')
    return {**shown, 'id': identity, 'type': kind, 'value': value, **changes}
