"""A stand-in for the one name that MMPose takes from torchvision, and its operators where it is there."""

import functools
import importlib
import importlib.machinery
import sys
import types
from collections.abc import Callable
from typing import Any

from unipose.compat.patch import Patch

MODULE = 'torchvision.transforms'


def torchvision_cannot_be_imported() -> Patch | None:
    """Stand in for `torchvision.transforms.ToPILImage` where torchvision is missing or does not load.

    Symptom: `operator torchvision::nms does not exist`, or no module named torchvision, on importing MMPose.
    Cause: torchvision's wheel was built for another torch; MMPose's SimCC visualizer needs one name from it.

    Only that one submodule is registered: `import torchvision` goes on failing, so nobody is led to believe that
    torchvision is there. A broken torchvision fails as a missing one does, since that is what MMEngine, when it lists
    the environment, and other libraries are prepared for.
    """
    try:
        importlib.import_module(MODULE)
    # A torchvision built for another torch raises RuntimeError, OSError or ImportError.
    except Exception as error:
        if not isinstance(error, ModuleNotFoundError):
            sys.modules['torchvision'] = None
        sys.modules[MODULE] = stand_in()
        return Patch('torchvision_cannot_be_imported', f'torchvision does not import ({error}): ToPILImage stands in')
    return None


def stand_in() -> types.ModuleType:
    """Build the module: it holds `ToPILImage` and nothing else."""
    module = types.ModuleType(MODULE, 'Stand-in for the one name that MMPose imports, made by unipose.compat.')
    module.__spec__ = importlib.machinery.ModuleSpec(MODULE, loader=None, origin='unipose.compat')
    module.ToPILImage = ToPILImage
    return module


@functools.cache
def torchvision_operator(name: str) -> Callable | None:
    """One of `torchvision.ops` (a kernel instead of Python) where a working torchvision is installed."""
    try:
        return getattr(importlib.import_module('torchvision.ops'), name)
    # A torchvision built for another torch raises RuntimeError, OSError or ImportError.
    except Exception:
        return None


class ToPILImage:
    """Turn a `[C, H, W]` float tensor in [0, 1], or a `[H, W, C]` uint8 array, into a PIL image."""

    def __call__(self, picture: Any) -> Any:
        """Convert one picture; see the class."""
        import numpy as np
        import torch
        from PIL import Image

        if isinstance(picture, torch.Tensor):
            if picture.is_floating_point():
                picture = picture.mul(255).byte()
            picture = picture.cpu().numpy()
            picture = picture if picture.ndim == 2 else picture.transpose(1, 2, 0)
        picture = np.asarray(picture)
        if picture.ndim == 3 and picture.shape[2] == 1:
            picture = picture[..., 0]
        return Image.fromarray(picture)
