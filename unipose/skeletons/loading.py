"""Skeletons by name or file: ours in ``known/``, then MMPose's own dataset metainfo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .skeleton import Skeleton
from .union import union

_KNOWN = Path(__file__).parent / 'known'
SkeletonSpec = Skeleton | str | Path | Mapping[str, Any] | Sequence['SkeletonSpec']


def load_skeleton(spec: SkeletonSpec) -> Skeleton:
    """Reads a skeleton from whatever a config may name.

    Args:
        spec: The name of a metainfo file in ``known/`` or of MMPose (``'coco'``), a metainfo config file
            (``'my_skeleton.py'``), several of these joined by ``+`` or a list of specs (their union), a metainfo
            mapping, or a Skeleton, returned as it is.

    Returns:
        The skeleton.

    Raises:
        FileNotFoundError: If there is no such name or file; the message lists the names that exist.
        ValueError: If the metainfo is not valid.
    """
    if isinstance(spec, Skeleton):
        return spec
    if isinstance(spec, Mapping):
        return Skeleton.from_metainfo(spec)
    if isinstance(spec, Path):
        return _from_file(spec)
    if isinstance(spec, str):
        if '+' in spec and not Path(spec).is_file():
            return union(*(load_skeleton(part.strip()) for part in spec.split('+')))
        if spec.endswith('.py'):
            return _from_file(Path(spec))
        ours = _KNOWN / f'{spec}.py'
        return _from_file(ours if ours.is_file() else _metainfo_dir() / f'{spec}.py')
    if isinstance(spec, Sequence):
        return union(*(load_skeleton(part) for part in spec))
    raise TypeError(f'a skeleton is named by a str, a metainfo mapping or a list of them. Got: {type(spec).__name__}')


def _from_file(path: Path) -> Skeleton:
    if not path.is_file():
        known = sorted({p.stem for folder in (_KNOWN, _metainfo_dir()) for p in folder.glob('*.py')})
        raise FileNotFoundError(
            f'no skeleton {path.stem!r}: {path} does not exist. Give a metainfo file (.py) or a known name: '
            + ', '.join(known)
        )
    return _read(path.resolve(), path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed: int) -> Skeleton:
    """Reads a file once, and again when it has changed."""
    from mmengine.config import Config

    config = Config.fromfile(str(path))
    if 'dataset_info' not in config:
        raise ValueError(f'{path} defines no dataset_info, which an MMPose metainfo file must; see docs of MMPose')
    return Skeleton.from_metainfo(config['dataset_info'])


@cache
def _metainfo_dir() -> Path:
    spec = find_spec('mmpose')
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError('MMPose is not installed, and its metainfo names the skeletons; run `make test` once')
    package = Path(spec.origin).parent
    # a wheel carries its configs in .mim, a source checkout beside the package
    folders = [root / 'configs' / '_base_' / 'datasets' for root in (package / '.mim', package.parent)]
    return next((folder for folder in folders if folder.is_dir()), folders[0])
