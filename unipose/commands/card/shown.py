"""Files named without the folders of this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from unipose.checkpoints.locate import home


def shown_path(path: str | Path, root: Path | None = None) -> str:
    """A path relative to a folder; of what lies elsewhere the name alone.

    Args:
        path: Absolute, or relative to the folder.
        root: The folder, by default the one that data belongs into; links in it are not followed.

    >>> shown_path('data/coco/'), shown_path('/mnt/big/coco'), shown_path('../coco')
    ('data/coco', 'coco', 'coco')
    """
    root = Path(os.path.normpath((root or home()).absolute()))
    whole = Path(os.path.normpath(root / Path(path).expanduser()))
    return str(whole.relative_to(root)) if whole.is_relative_to(root) else whole.name


def shown_skeleton(spec: Any) -> str:
    """What a config names as a skeleton, which may be a file, a union of several, or metainfo.

    >>> shown_skeleton('coco+/home/me/hand.py'), shown_skeleton(None)
    ('coco+hand.py', 'none: boxes of people alone')
    """
    if spec is None:
        return 'none: boxes of people alone'
    if isinstance(spec, str | Path):
        return '+'.join(shown_path(part.strip()) for part in str(spec).split('+'))
    return spec['dataset_name'] if 'dataset_name' in spec else '+'.join(map(shown_skeleton, spec))
