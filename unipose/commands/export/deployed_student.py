"""The part of a student that is deployed: from normalised images to SimCC outputs, or to keypoints and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmpose.models.heads import RTMCCHead
from torch import Tensor, nn

from unipose.checkpoints.build_model import build_model
from unipose.checkpoints.licences import Inherited, licences_of_run
from unipose.checkpoints.loading import load_state_dict_file, resolve_checkpoint
from unipose.checkpoints.model_kinds import refuse_pictures
from unipose.commands.checkpoint_config import config_of_checkpoint
from unipose.distillers import plain_model_config, plain_state_dict
from unipose.inference.load_student import checkpoint_meta
from unipose.skeletons import Skeleton


class DeployedStudent(nn.Module):
    """A plain student as one function of a batch of images.

    Args:
        model: MMPose estimator with an RTMCCHead, in eval mode.
        decode: Return keypoints and scores, as MMPose decodes them, instead of SimCC outputs.
        adapt: What images go through first, if anything.
    """

    def __init__(self, model: nn.Module, decode: bool = False, adapt: nn.Module | None = None) -> None:
        super().__init__()
        self.adapt = adapt
        self.backbone, self.neck, self.head = model.backbone, model.neck if model.with_neck else None, model.head
        self.split_ratio, self.decode = float(model.head.simcc_split_ratio), decode

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Predicts.

        Args:
            images: ``[B, 3, H, W]``, normalised, RGB where nothing adapts them.

        Returns:
            SimCC outputs along x ``[B, K, Wx]`` and y ``[B, K, Wy]``; decoded, keypoints ``[B, K, 2]``, input pixels,
            xy, -1 where one is missing, and scores ``[B, K]``.
        """
        features = self.backbone(images if self.adapt is None else self.adapt(images))
        x, y = self.head(features if self.neck is None else self.neck(features))
        if not self.decode:
            return x, y
        scores = torch.minimum(x.amax(-1), y.amax(-1))
        places = torch.stack([x.argmax(-1), y.argmax(-1)], -1).to(x.dtype)  # [B, K, 2], bins
        places = torch.where(scores[..., None] > 0, places, torch.full_like(places, -1.0))
        return places / self.split_ratio, scores


class FromBgr(nn.Module):
    """Turns BGR images that were normalised with RGB's mean and std, as rtmlib does it, into normalised RGB.

    Args:
        mean: Of normalisation, RGB.
        std: Of normalisation, RGB.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        mean, std = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))
        self.register_buffer('scale', std.flip(0) / std)
        self.register_buffer('shift', (mean.flip(0) - mean) / std)

    def forward(self, images: Tensor) -> Tensor:
        """From ``[B, 3, H, W]`` to the same shape."""
        swapped = torch.cat(images.split(1, 1)[::-1], 1)  # OpenCV's dnn cannot read flip's negative step
        return swapped * self.scale + self.shift


@dataclass(frozen=True)
class Exportable:
    """A student that can be exported.

    Args:
        model: The network, in eval mode.
        skeleton: What it predicts.
        input_size: Width and height of its input.
        mean: Of normalisation, RGB.
        std: Of normalisation, RGB.
        checkpoint: The file it came from.
        config: Its config.
        licences: What it comes from.
    """

    model: nn.Module
    skeleton: Skeleton
    input_size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    checkpoint: Path
    config: Config
    licences: tuple[Inherited, ...] = ()

    def network(self, decode: bool = False, bgr: bool = False) -> DeployedStudent:
        """What is exported, in eval mode; for ``bgr`` see :class:`FromBgr`."""
        return DeployedStudent(self.model, decode, FromBgr(self.mean, self.std) if bgr else None).eval()

    def normalised(self, pixels: np.ndarray, bgr: bool = False) -> np.ndarray:
        """What the network is fed.

        Args:
            pixels: ``[N, H, W, 3]``, BGR, uint8.
            bgr: For a network that takes BGR.

        Returns:
            ``[N, 3, H, W]``, float32.
        """
        ordered = pixels if bgr else pixels[..., ::-1]
        fed = (ordered.astype(np.float32) - np.float32(self.mean)) / np.float32(self.std)
        return np.ascontiguousarray(fed.transpose(0, 3, 1, 2))


def load_exportable(checkpoint: str | Path) -> Exportable:
    """Reads a student, with its config, from a checkpoint; nothing in the checkpoint is executed.

    Args:
        checkpoint: Checkpoint of a training run, or what ``unipose export --format mmpose`` wrote (with its config).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no student with an RTMCCHead, or does not say what its keypoints are.
    """
    path = resolve_checkpoint(checkpoint)
    state = load_state_dict_file(path)
    meta = checkpoint_meta(path)
    config = config_of_checkpoint(path, meta)
    if not meta.get('dataset_meta'):
        raise ValueError(f'{path} carries no dataset_meta, so nothing says which keypoints it predicts')
    refuse_pictures(config, 'it is exported with --format mmpose alone')
    model_config = plain_model_config(config.model)
    model = build_model(config, model_config)
    if not isinstance(model.head, RTMCCHead):
        raise ValueError(f'{path} has a {type(model.head).__name__}; students with an RTMCCHead can be exported')
    model.load_state_dict(plain_state_dict(state))
    preprocessor: Mapping[str, Any] = model_config.data_preprocessor
    if not preprocessor.get('bgr_to_rgb'):
        raise ValueError(f'{path} takes images in BGR; what is exported takes RGB, as every RTMPose does')
    return Exportable(
        model=model,
        skeleton=Skeleton.from_metainfo(meta['dataset_meta']),
        input_size=tuple(model.head.decoder.input_size),
        mean=tuple(map(float, preprocessor.mean)),
        std=tuple(map(float, preprocessor.std)),
        checkpoint=path,
        config=config,
        licences=licences_of_run(meta, config, path),
    )
