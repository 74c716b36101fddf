"""From a config and a checkpoint to a network that predicts, and the skeleton that it predicts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.models.pose_estimators.base import BasePoseEstimator

from unipose.checkpoints.build_model import build_model
from unipose.checkpoints.loading import load_weights, read_checkpoint, resolve_checkpoint
from unipose.checkpoints.model_kinds import num_outputs
from unipose.files.read_config import read_config
from unipose.skeletons import Skeleton, load_skeleton
from unipose.skeletons.loading import SkeletonSpec


def load_student(
    config: str | Path | Config,
    checkpoint: str | Path,
    device: str = 'cpu',
    predicts: SkeletonSpec | None = None,
    kind: type[BasePoseEstimator] = TopdownPoseEstimator,
) -> tuple[BasePoseEstimator, Skeleton, Mapping[str, Any]]:
    """Builds the network of a config without its teachers, and loads a checkpoint into it.

    Args:
        config: Config (file) of a distillation run, or of any MMPose model of the kind; only ``model`` is read.
        checkpoint: Checkpoint of the run, or the exported student.
        device: Where to run, such as ``cpu`` or ``cuda:0``.
        predicts: What its keypoints are, by default what the checkpoint says, which published ones do not.
        kind: MMPose's class of estimators that it must be of.

    Returns:
        The network in eval mode; the skeleton and the parsed metainfo, both as the checkpoint has them.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the config has no model of that kind, the checkpoint does not fit it or does not say what its
            keypoints are, or there is no such device.
    """
    checked_device(device)
    model = build_network(config, kind)
    path = resolve_checkpoint(checkpoint)
    load_weights(model, path, what='student')
    metainfo = checkpoint_meta(path).get('dataset_meta')
    if predicts is not None:
        metainfo = parse_pose_metainfo(load_skeleton(predicts).to_metainfo())
    skeleton = _skeleton(path, metainfo)
    outputs = num_outputs(model)
    if outputs not in (None, len(skeleton)):
        said = f'{len(skeleton)} ({skeleton.name})'
        wrong = f'but its dataset_meta names {said}; it was saved with the metainfo of another dataset'
        if predicts is not None:
            wrong = f'and not the {said} that it is said to predict; name others'
        raise ValueError(f'{path} predicts {outputs} keypoints, {wrong}')
    return model.to(device).eval(), skeleton, metainfo


def build_network(
    config: str | Path | Config, kind: type[BasePoseEstimator] = TopdownPoseEstimator
) -> BasePoseEstimator:
    """Builds the network of a config without its teachers and without weights to start from.

    Args:
        config: The config.
        kind: MMPose's class of estimators that it must be of.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If it has no model of that kind.
    """
    config = read_config(config)
    if isinstance(config.get('model'), Mapping):
        config.model.pop('teachers', None)
    model = build_model(config)
    if not isinstance(model, kind):
        wanted = 'top-down' if kind is TopdownPoseEstimator else 'whole-picture'
        raise ValueError(f'expected a {wanted} pose estimator. Got: a {type(model).__name__} in {config.filename}')
    return model


def checked_device(device: str) -> torch.device:
    """A device that is there.

    Raises:
        ValueError: If it is not.
    """
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().split('\n')[0]
        raise ValueError(f'device {device!r} is not available ({reason}); device cpu always is') from error
    return torch.device(device)


def checkpoint_meta(path: Path) -> Mapping[str, Any]:
    """What a checkpoint says about itself beside its weights; empty for a bare state dict."""
    meta = read_checkpoint(path, 'meta').get('meta')
    return meta if isinstance(meta, Mapping) else {}


def _skeleton(path: Path, metainfo: Mapping[str, Any] | None) -> Skeleton:
    if not metainfo:
        raise ValueError(
            f'{path} carries no dataset_meta, so nothing says which keypoints it predicts. Give a checkpoint that '
            '`unipose train` or `unipose export --format mmpose` has written'
        )
    try:
        return Skeleton.from_metainfo(metainfo)
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f'the dataset_meta in {path} is not that of a pose dataset ({error!r})') from error
