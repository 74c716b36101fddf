"""What today's torch and numpy need before MMPose 1.3.2, MMDetection 3.3.0 and MMEngine 0.10.7 import.

Every patch applies only where its symptom exists and is named by its cause. Where a patch is not possible, a check
names the command that puts it right. `unipose.registration` calls `apply`; nothing else has to.
"""

from unipose.compat.announcements import (
    mmdetection_uses_the_old_autocast,
    mmpose_looks_for_metainfo_in_its_wheel,
    openmmlab_leaves_defaults_to_torch,
)
from unipose.compat.autocast import dynamo_cannot_read_the_old_autocast
from unipose.compat.circles import numpy_refuses_size_one_arrays
from unipose.compat.config_text import mmengine_formats_a_config_each_time
from unipose.compat.mmcv_ext import mmcv_without_compiled_ops
from unipose.compat.package_utils import mmengine_asks_pkg_resources
from unipose.compat.patch import CompatWarning, Patch
from unipose.compat.pins import (
    albumentations_2_moved_its_transforms,
    albumentations_asks_the_network,
    mmdet_refuses_mmcv,
)
from unipose.compat.required import required_packages_are_missing
from unipose.compat.safe_globals import torch_loads_weights_only
from unipose.compat.torchvision_name import torchvision_cannot_be_imported
from unipose.compat.transformers_torch import transformers_wants_a_newer_torch
from unipose.compat.xtcocotools import xtcocotools_built_for_numpy_1
from unipose.compat.yapf_grammar import yapf_reads_what_is_being_written

__all__ = ['CompatWarning', 'Patch', 'active', 'apply']

IN_ORDER = (
    required_packages_are_missing,
    yapf_reads_what_is_being_written,
    mmengine_asks_pkg_resources,
    dynamo_cannot_read_the_old_autocast,
    albumentations_2_moved_its_transforms,
    albumentations_asks_the_network,
    transformers_wants_a_newer_torch,
    mmdet_refuses_mmcv,
    mmdetection_uses_the_old_autocast,
    mmpose_looks_for_metainfo_in_its_wheel,
    openmmlab_leaves_defaults_to_torch,
    torchvision_cannot_be_imported,
    mmcv_without_compiled_ops,
    xtcocotools_built_for_numpy_1,
    torch_loads_weights_only,
    mmengine_formats_a_config_each_time,
    numpy_refuses_size_one_arrays,
)

_active: list[Patch] = []
_applied = False


def apply() -> list[Patch]:
    """Apply every patch whose symptom exists here; a second call changes nothing.

    Returns:
        The patches in force, in the order in which they were applied.

    Raises:
        ImportError: A package that no patch can replace is missing or does not load; the message names the remedy.
    """
    global _applied
    if not _applied:
        _active[:] = [patch for step in IN_ORDER if (patch := step()) is not None]
        _applied = True
    return active()


def active() -> list[Patch]:
    """The patches in force; empty before `apply`."""
    return list(_active)
