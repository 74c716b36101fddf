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
