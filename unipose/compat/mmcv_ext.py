"""A stand-in for mmcv's compiled module, which mmcv-lite does not carry."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING

from unipose.compat import deform_attention, deform_conv
from unipose.compat.patch import Patch
from unipose.compat.torchvision_name import torchvision_operator

if TYPE_CHECKING:
    from torch import Tensor

MODULE = 'mmcv._ext'
OPERATORS = (
    deform_conv.deform_conv_forward,
    deform_conv.deform_conv_backward_input,
    deform_conv.deform_conv_backward_parameters,
    deform_conv.modulated_deform_conv_forward,
    deform_conv.modulated_deform_conv_backward,
    deform_attention.ms_deform_attn_forward,
    deform_attention.ms_deform_attn_backward,
)


def mmcv_without_compiled_ops() -> Patch | None:
    """Stand in for `mmcv._ext` where only mmcv-lite is installed.

    Symptom: `No module named mmcv._ext` on importing MMPose or MMDetection.
    Cause: both import `mmcv.ops`, the Python side of mmcv's compiled module; building that takes 11 minutes and more,
    RTMPose and RTMDet need nothing of it but `nms`, DEKR and ED-Pose deformable convolution and attention.

    Raises:
        ImportError: The compiled module exists but does not load with this torch.
    """
    try:
        importlib.import_module(MODULE)
    except ModuleNotFoundError as error:
        if error.name != MODULE:
            raise
    except ImportError as error:
        raise ImportError(
            f'mmcv carries a compiled module that does not load with the installed torch ({error}). Install the mmcv '
            'built for this torch, or run: pip uninstall -y mmcv && pip install --no-deps mmcv-lite==2.1.0'
        ) from error
    else:
        return None
    sys.modules[MODULE] = sys.modules['mmcv']._ext = stand_in()
    return Patch(
        'mmcv_without_compiled_ops',
        'mmcv has no compiled module (mmcv-lite): its nms runs in numpy, deformable convolution and attention in torch',
    )


def stand_in() -> types.ModuleType:
    """Build the module: `nms` and `OPERATORS` work, every other function raises NotImplementedError when called."""
    module = types.ModuleType(MODULE, 'Stand-in for mmcv compiled operators, made by unipose.compat.')
    # MMEngine and mmcv look for the module with pkgutil, which refuses one without a spec.
    module.__spec__ = importlib.machinery.ModuleSpec(MODULE, loader=None, origin='unipose.compat')
    module.nms = nms
    for operator in OPERATORS:
        setattr(module, operator.__name__, operator)

    def refuse(name: str) -> Callable:
        if name.startswith('__'):
            raise AttributeError(f'module {MODULE!r} has no attribute {name!r}')

        def missing(*args: object, **kwargs: object) -> None:
            raise NotImplementedError(
                f'mmcv operator {name!r} needs mmcv with its compiled module, and mmcv-lite is installed. Build it '
                'with: pip uninstall -y mmcv-lite && MMCV_WITH_OPS=1 pip install --no-build-isolation mmcv==2.1.0'
            )

        missing.__name__ = name
        return missing

    module.__getattr__ = refuse
    return module


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int = 0) -> Tensor:
    """Greedy non-maximum suppression with the signature of mmcv's compiled one.

    Args:
        boxes: `[N, 4]`, x1 y1 x2 y2.
        scores: `[N]`.
        iou_threshold: A box goes when its IoU with a kept, better box exceeds this.
        offset: Added to widths and heights: 1 where x2 is the last pixel, 0 where it is the edge.

    Returns:
        `[M]` indices of the kept boxes, best first.
    """
    import numpy as np
    import torch

    torchvision_nms = torchvision_operator('nms') if offset == 0 else None
    if torchvision_nms is not None:
        return torchvision_nms(boxes, scores, iou_threshold)
    order = scores.argsort(descending=True, stable=True)
    # numpy: the loop's small steps cost a synchronisation each on a GPU, and thread start-up on a busy CPU.
    x1, y1, x2, y2 = boxes.detach()[order].float().cpu().numpy().T
    areas = (x2 - x1 + offset) * (y2 - y1 + offset)
    left = np.arange(len(order))
    keep = []
    while left.size > 0:
        best, left = left[0], left[1:]
        keep.append(best)
        width = np.minimum(x2[best], x2[left]) - np.maximum(x1[best], x1[left]) + offset
        height = np.minimum(y2[best], y2[left]) - np.maximum(y1[best], y1[left]) + offset
        overlap = width.clip(min=0) * height.clip(min=0)
        left = left[overlap <= iou_threshold * (areas[best] + areas[left] - overlap)]
    return order[torch.as_tensor(np.asarray(keep, dtype=np.int64), device=order.device)]
