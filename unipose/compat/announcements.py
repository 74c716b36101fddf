"""Warnings of the stack about itself that say nothing to a user of unipose."""

import warnings
from importlib.util import find_spec
from pathlib import Path

from unipose.compat.patch import Patch
from unipose.compat.pins import numbers, version


def mmdetection_uses_the_old_autocast() -> Patch | None:
    """Drop torch's note to MMDetection's authors.

    Symptom: `torch.cuda.amp.autocast(args...) is deprecated` at the first forward of every CSPNeXt.
    Cause: torch 2.4 renamed it; MMDetection 3.3.0 still uses the old name, to the same effect.
    """
    if numbers(version('torch')) < (2, 4):
        return None
    warnings.filterwarnings('ignore', message=r'`torch\.cuda\.amp\.autocast', category=FutureWarning)
    return Patch(
        'mmdetection_uses_the_old_autocast', 'torch warns of a name that MMDetection uses in every CSPNeXt: dropped'
    )


def openmmlab_leaves_defaults_to_torch() -> Patch | None:
    """Drop torch's notes on defaults that MMPose and MMDetection rely on.

    Symptom: `Default grid_sample and affine_grid behavior has changed` from DEKR and RTMO, `torch.meshgrid: in an
    upcoming release` from whatever makes a grid, at the first batch.
    Cause: MMPose 1.3.2 and MMDetection 3.3.0 name neither align_corners nor indexing, and mean today's defaults.
    """
    if version('torch') is None:
        return None
    for announced in ('Default grid_sample and affine_grid', r'torch\.meshgrid: in an upcoming release'):
        warnings.filterwarnings('ignore', message=announced, category=UserWarning)
    return Patch('openmmlab_leaves_defaults_to_torch', 'torch warns of defaults that MMPose relies on: dropped')


def mmpose_looks_for_metainfo_in_its_wheel() -> Patch | None:
    """Drop MMPose's note on where it found its own metainfo.

    Symptom: `The metainfo config file "configs/_base_/datasets/coco.py" does not exist. A matched config file ...`
    whenever a dataset is built.
    Cause: MMPose names its metainfo relative to its checkout; installed from a wheel it finds the same file elsewhere.
    """
    spec = find_spec('mmpose')
    if spec is None or spec.origin is None or not (Path(spec.origin).parent / '.mim').is_dir():
        return None
    warnings.filterwarnings('ignore', message='The metainfo config file', category=UserWarning)
    return Patch(
        'mmpose_looks_for_metainfo_in_its_wheel', 'MMPose warns whenever it reads metainfo from its wheel: dropped'
    )
