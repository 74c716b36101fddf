"""The runs of the experiment."""

from __future__ import annotations

from typing import Any

from . import student

_TAUGHT = dict(teachers=student.TEACHERS, crop=student.CROP, tail=0.01)
_COCO_ALONE = dict(coco=student.PICTURES['coco'], mpii=0)

ROWS: dict[str, tuple[str, dict[str, int], dict[str, Any]]] = {
    'annotations': ('annotations alone', student.PICTURES, {}),
    'teachers': ('teachers beside them', student.PICTURES, _TAUGHT),
    'coco': ('annotations alone', _COCO_ALONE, {}),
    'coco_teachers': ('teachers beside them', _COCO_ALONE, _TAUGHT),
}
"""Title, pictures by source, and what the distiller is told, by name."""
