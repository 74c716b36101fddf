"""pycocotools under the name of xtcocotools, with the two arguments of its COCOeval that MMPose uses."""

import importlib
import importlib.machinery
import sys
import types
from typing import Any

from unipose.compat.patch import Patch

PACKAGE = 'xtcocotools'


def xtcocotools_built_for_numpy_1() -> Patch | None:
    """Register pycocotools as `xtcocotools` where that is missing or does not load.

    Symptom: `numpy.dtype size changed`, or no module named xtcocotools, on importing MMPose.
    Cause: the wheels of xtcocotools are built for numpy 1, and its source needs a compiler.

    Raises:
        ImportError: pycocotools is missing too.
    """
    try:
        for name in ('coco', 'cocoeval', 'mask'):
            importlib.import_module(f'{PACKAGE}.{name}')
    except (ImportError, ValueError) as error:
        cause = str(error)
    else:
        return None
    try:
        package = stand_in()
    except ImportError as error:
        raise ImportError(f'pycocotools does not import ({error}). Run: pip install pycocotools') from error
    sys.modules[PACKAGE] = package
    for name in ('coco', 'cocoeval', 'mask'):
        sys.modules[f'{PACKAGE}.{name}'] = getattr(package, name)
    return Patch('xtcocotools_built_for_numpy_1', f'xtcocotools does not import ({cause}): pycocotools stands in')


def stand_in() -> types.ModuleType:
    """Build the package: `coco.COCO`, `cocoeval.COCOeval` and `mask`."""
    import pycocotools.mask

    from unipose.compat.oks_evaluation import COCO, COCOeval

    package = _module(PACKAGE)
    package.__path__ = []
    package.coco = _module(f'{PACKAGE}.coco', COCO=COCO)
    package.cocoeval = _module(f'{PACKAGE}.cocoeval', COCOeval=COCOeval)
    package.mask = pycocotools.mask
    return package


def _module(name: str, **members: Any) -> types.ModuleType:
    module = types.ModuleType(name, 'Stand-in on pycocotools, made by unipose.compat.')
    module.__spec__ = importlib.machinery.ModuleSpec(name, loader=None, origin='unipose.compat')
    vars(module).update(members)
    return module
