"""Versions that do not work together: checks that name the exact command, because there a patch is not possible."""

import importlib
import importlib.metadata
import os
import re
import sys
import warnings

from unipose.compat.patch import CompatWarning, Patch


def albumentations_asks_the_network() -> Patch | None:
    """Switch off albumentations' look-up of its newest version.

    Symptom: importing MMPose waits for the network and prints advice to upgrade to a version that does not work.
    Cause: albumentations asks its package index at import unless `NO_ALBUMENTATIONS_UPDATE` is set.
    """
    too_late = 'albumentations' in sys.modules
    if too_late or version('albumentations') is None or 'NO_ALBUMENTATIONS_UPDATE' in os.environ:
        return None
    os.environ['NO_ALBUMENTATIONS_UPDATE'] = '1'
    return Patch(
        'albumentations_asks_the_network', 'albumentations looks up its newest version at import: switched off'
    )


def albumentations_2_moved_its_transforms() -> None:
    """Check albumentations' version.

    Symptom: `albumentations.augmentations has no attribute transforms` when a pipeline with Albumentation is built.
    Cause: albumentations 2 moved the module and renamed the arguments of its transforms.
    """
    _warn_at_or_above(
        'albumentations', (2,), "MMPose's Albumentation transform fails with it", 'pip install albumentations==1.4.24'
    )


def mmdet_refuses_mmcv() -> None:
    """Check that MMDetection takes this mmcv, for MMPose imports MMDetection.

    Symptom: an AssertionError, `MMCV==2.2.0 is used but incompatible`, on importing MMPose's models.
    Cause: MMDetection 3.3.0 takes mmcv < 2.2.0.

    Raises:
        ImportError: It does not.
    """
    try:
        importlib.import_module('mmdet')
    except AssertionError as error:
        raise ImportError(
            f'{error} MMPose imports MMDetection. Run: pip uninstall -y mmcv mmcv-lite && '
            'pip install --no-deps mmcv-lite==2.1.0'
        ) from error


def version(distribution: str) -> str | None:
    """The installed version of a distribution, without importing it; None where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def numbers(version_text: str | None) -> tuple[int, ...]:
    """The numbers of a version; none where there is no version."""
    return tuple(int(number) for number in re.findall(r'\d+', version_text or ''))


def _warn_at_or_above(distribution: str, limit: tuple[int, ...], consequence: str, command: str) -> None:
    found = version(distribution)
    if numbers(found) >= limit:
        warnings.warn(f'{distribution} {found}: {consequence}. Run: {command}', CompatWarning, stacklevel=4)
