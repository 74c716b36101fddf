"""Turns a distilled student into a plain MMPose model: same predictions, no unipose needed."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from mmengine.config import ConfigDict
from mmpose.models import BottomupPoseEstimator, TopdownPoseEstimator
from torch import Tensor

from unipose.checkpoints.without_starts import without_starts

from .multi_teacher_distiller import MultiTeacherDistiller
from .one_stage_distiller import OneStageDistiller

_TRAINING_ONLY = 'distill.'
_LAST_LAYERS = ('head.cls_x.weight', 'head.cls_y.weight')
_PLAIN_KINDS = dict(
    head=dict(AnchoredRTMCCHead='RTMCCHead'), data_preprocessor=dict(PhotometricPreprocessor='PoseDataPreprocessor')
)
_NOT_THE_STUDENTS = frozenset(inspect.signature(MultiTeacherDistiller).parameters).difference(
    inspect.signature(TopdownPoseEstimator).parameters
)


_NOT_THE_PICTURE_STUDENTS = frozenset(inspect.signature(OneStageDistiller).parameters).difference(
    inspect.signature(BottomupPoseEstimator).parameters
)
_OF_THE_LOSS = 'head.loss_oks.sigmas'


def plain_state_dict(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The student's weights for a plain ``TopdownPoseEstimator`` with an ``RTMCCHead``.

    Args:
        state_dict: Weights of a MultiTeacherDistiller.

    Returns:
        Its weights without what only training needs, the anchoring of the logits folded into the last layers.

    Raises:
        ValueError: If the last layers of an RTMCCHead are not there.
    """
    missing = [key for key in _LAST_LAYERS if key not in state_dict]
    if missing:
        raise ValueError(f'this is no checkpoint of a student with an RTMCCHead: it lacks {missing}')
    plain = {
        key: value for key, value in state_dict.items() if not key.startswith((_TRAINING_ONLY, 'data_preprocessor.'))
    }
    for key in _LAST_LAYERS:
        weight = plain[key]  # [W, hidden]
        plain[key] = weight - weight.mean(0, keepdim=True)
    return plain


def plain_model_config(model: Mapping[str, Any]) -> ConfigDict:
    """The config of the plain MMPose model that :func:`plain_state_dict` fits.

    Args:
        model: ``model`` of a distillation config.

    Returns:
        A ``TopdownPoseEstimator`` config; the same if it is one already.
    """
    plain = without_starts({key: value for key, value in model.items() if key not in _NOT_THE_STUDENTS})
    plain['type'] = 'TopdownPoseEstimator'
    if plain.get('test_cfg'):
        plain['test_cfg'] = {key: value for key, value in plain['test_cfg'].items() if key != 'dialects'}
        if plain['test_cfg'].get('flip_test'):
            plain['test_cfg']['flip_test'] = True  # MMPose knows no other
    for part, kinds in _PLAIN_KINDS.items():
        kind = (plain.get(part) or {}).get('type')
        if kind in kinds:
            plain[part]['type'] = kinds[kind]
    return plain


def plain_picture_state_dict(state_dict: OrderedDict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a student that finds people in whole pictures, for :func:`plain_picture_config`.

    The version record is kept: MMPose takes a DEKR without for one of 0.x, and turns its heatmaps.
    """
    plain = OrderedDict(
        (key, value)
        for key, value in state_dict.items()
        if not key.startswith('data_preprocessor.') and key != _OF_THE_LOSS
    )
    plain._metadata = state_dict._metadata
    return plain


def plain_picture_config(model: Mapping[str, Any], num_keypoints: int) -> ConfigDict:
    """The config of the plain MMPose model of a student that finds people in whole pictures.

    Args:
        model: ``model`` of a config, of an :class:`OneStageDistiller` or any BottomupPoseEstimator.
        num_keypoints: That it predicts.
    """
    plain = without_starts({key: value for key, value in model.items() if key not in _NOT_THE_PICTURE_STUDENTS})
    plain['type'], head = 'BottomupPoseEstimator', plain['head']
    if head['type'] == 'UnionRTMOHead':
        head['type'], head['num_keypoints'], head['assigner']['type'] = 'RTMOHead', num_keypoints, 'SimOTAAssigner'
    return plain
