"""From a test config and a checkpoint to a model that predicts."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from torch import nn

from unipose.checkpoints.build_model import build_model
from unipose.checkpoints.loading import load_state_dict_file, load_weights
from unipose.checkpoints.model_kinds import num_outputs
from unipose.skeletons import Skeleton


def load_model(config: Config, path: Path, what: str = 'student') -> nn.Module:
    """Builds the model of a test config, and loads a checkpoint into it.

    Args:
        config: What :func:`unipose.evaluation.configs.student_config` returned. Its ``test_cfg.dialects`` is switched
            off where the checkpoint has none.
        path: The checkpoint.
        what: What is loaded, for messages.

    Returns:
        The model in eval mode, on the device that there is.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If config and checkpoint do not fit each other.
    """
    init_default_scope(config.get('default_scope', 'mmpose'))
    if (config.model.get('test_cfg') or {}).get('dialects'):  # an exported student has the plain outputs alone
        keys = load_state_dict_file(path, map_location='meta')  # 'meta': shapes without numbers
        config.model.test_cfg.dialects = any(key.startswith('distill.dialects.') for key in keys)
    model = build_model(config)
    load_weights(model, path, what=what, skeleton=getattr(model, 'skeleton', None))
    return model.to(get_device())


def check_outputs(model: nn.Module, skeleton: Skeleton) -> None:
    """Makes sure that a model predicts the keypoints of the data.

    Raises:
        ValueError: If it predicts another number of them.
    """
    outputs = num_outputs(model)
    if outputs not in (None, len(skeleton)):
        raise ValueError(
            f'the model predicts {outputs} keypoints, but test_dataloader.dataset has skeleton {skeleton.name!r} with '
            f'{len(skeleton)}; give both the same skeleton'
        )
