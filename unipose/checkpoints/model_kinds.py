"""What is to be known of MMPose's models whatever their kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmpose.models.pose_estimators import BottomupPoseEstimator
from mmpose.registry import MODELS
from torch import nn


def finds_people(config: Mapping[str, Any]) -> bool:
    """Whether a config's model takes whole pictures and finds the people in them, as DEKR and RTMO do.

    Others take people one by one, in boxes that somebody else says.

    Args:
        config: A config of MMPose's kind.
    """
    kind = (config.get('model') or {}).get('type')
    kind = MODELS.get(kind) if isinstance(kind, str) else kind
    return isinstance(kind, type) and issubclass(kind, BottomupPoseEstimator)


def refuse_pictures(config: Mapping[str, Any], what: str) -> None:
    """Makes sure that people are seen one by one.

    Args:
        config: A config of MMPose's kind.
        what: What is not there for whole pictures, and what to do, for the message.

    Raises:
        ValueError: If its model finds people in whole pictures.
    """
    if finds_people(config):
        name = getattr(config, 'filename', None) or 'the config'
        raise ValueError(f'{name} is of a {config["model"]["type"]}, which finds people in whole pictures: {what}')


def num_outputs(model: nn.Module) -> int | None:
    """How many keypoints a model predicts; None where its head does not say."""
    head = getattr(model, 'head', None)
    return getattr(head, 'out_channels', None) or getattr(head, 'num_keypoints', None)
