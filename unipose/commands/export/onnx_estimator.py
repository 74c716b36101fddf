"""An exported student as an MMPose estimator, so that it is scored as its checkpoint is."""

from __future__ import annotations

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import TopdownPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor, nn

from unipose.distillers import plain_model_config
from unipose.runtime import OnnxPoseEstimator
from unipose.skeletons import load_skeleton


def load_onnx_estimator(config: Config, path: Path, what: str = 'student') -> nn.Module:
    """Builds the plain student of a config, with an ONNX file in place of its network; it runs on the CPU.

    Args:
        config: Test config; its ``test_cfg.dialects`` is switched off, as exported students have none.
        path: The file.
        what: What is loaded, for messages.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no exported student, or one of another input size or of other keypoints.
    """
    init_default_scope(config.get('default_scope', 'mmpose'))
    exported = OnnxPoseEstimator(path)
    plain = plain_model_config(config.model)
    plain.test_cfg = dict(plain.get('test_cfg') or {}, dialects=False)
    model: TopdownPoseEstimator = MODELS.build(plain)
    takes, wanted = exported.input_size, tuple(model.head.decoder.input_size)
    predicts, keypoints = exported.num_keypoints, model.head.out_channels
    if takes != wanted or predicts not in (keypoints, None):
        raise ValueError(
            f'{what} {path} takes {takes} pixels (width, height) and predicts {predicts} keypoints, the model of the '
            f'config {wanted} and {keypoints}; give the config that it was trained with'
        )
    names = exported.facts.get('keypoint_names')
    skeleton = load_skeleton(config.test_dataloader.dataset.skeleton)
    if names is not None and tuple(names) != skeleton.names:
        raise ValueError(
            f'{what} {path} predicts {", ".join(names)}; what it is tested on has {", ".join(skeleton.names)}'
        )
    if exported.decodes or exported.facts.get('channels') == 'BGR':
        raise ValueError(
            f'{path} decodes by itself or takes BGR; to score it, export it without --with-decode and --bgr'
        )
    model.backbone, model.neck = nn.Identity(), None
    model.head.forward = _Network(exported)
    return model.eval()


class _Network:
    """The file, called as the head is."""

    def __init__(self, exported: OnnxPoseEstimator) -> None:
        self._exported = exported

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        return tuple(torch.from_numpy(part) for part in self._exported.run(images.numpy()))
