"""The runs of the experiment."""

from __future__ import annotations

ROWS: dict[str, tuple[str, tuple[str, ...], bool]] = {
    'annotations': ('annotations alone', ('coco', 'mpii'), False),
    'teachers': ('teachers beside them', ('coco', 'mpii'), True),
    'coco': ('annotations alone', ('coco',), False),
    'coco_teachers': ('teachers beside them', ('coco',), True),
}
"""Title, whose pictures, and whether teachers teach, by name."""
