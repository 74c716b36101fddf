"""Normalises batches, and changes their pixels as their samples have drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import cv2
import numpy as np
import torch
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.registry import MODELS
from torch import Tensor

from unipose.batches.sample_batch import SampleBatch, labels_of

_HUES = (1.0, 3.0, 5.0)  # of blue, green and red in the formula of HSV to RGB, sixths of a turn


@MODELS.register_module()
class PhotometricPreprocessor(PoseDataPreprocessor):
    """PoseDataPreprocessor that carries out what :class:`unipose.datasets.transforms.DrawPhotometric` has drawn.

    Order: colour, hole, normalisation. Samples that have drawn nothing are only normalised. On a CPU colours are
    changed in OpenCV's 8 bits, elsewhere in floats; docs/results.md says how far apart what teachers say of both is.
    """

    targets_version: ClassVar[int] = 1
    """Raised with every change of what is drawn or of what becomes of it, see :class:`unipose.caching.TargetStore`."""

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Normalises a batch.

        Args:
            data: ``inputs``, canvases ``[B, 3, H, W]`` or as many ``[3, H, W]`` of one size, uint8, BGR; and
                ``data_samples``.
            training: Whether to change pixels.

        Returns:
            ``inputs`` ``[B, 3, H, W]``, channels last, on the model's device; and ``data_samples`` where they are: the
            loss moves their labels in one piece, which takes far less time than one by one.

        Raises:
            ValueError: If images are of several sizes.
        """
        inputs, samples = data['inputs'], data['data_samples']
        if not isinstance(inputs, Tensor) and len({image.shape for image in inputs}) > 1:
            raise ValueError(
                f'PhotometricPreprocessor takes images of one size. Got: {sorted({tuple(i.shape) for i in inputs})}; '
                "crop them in the pipeline (CanvasAffine, TopdownAffine), or take MMPose's PoseDataPreprocessor"
            )
        plans = labels_of(samples, 'photometric') if training else None  # [B, 7]
        if self.device.type == 'cpu':
            images = self.one_by_one(inputs, plans)
        else:
            images = self.together(inputs, plans)
        shape = tuple(images.shape[-2:])
        for sample in [samples] if isinstance(samples, SampleBatch) else samples:
            sample.set_metainfo(dict(batch_input_shape=shape, pad_shape=shape))
        return dict(inputs=images, data_samples=samples)

    def one_by_one(self, inputs: Sequence[Tensor], plans: Tensor | None) -> Tensor:
        """What a GPU does with the whole batch; on a CPU, OpenCV is faster, and a sample stays in the cache.

        Args:
            inputs: As in :meth:`forward`.
            plans: What samples have drawn, ``[B, 7]``; None for nothing.

        Returns:
            ``[B, 3, H, W]``.
        """
        _, height, width = inputs[0].shape
        images = torch.empty(len(inputs), height, width, 3)
        if self._enable_normalize:  # as long as a row of pixels: vectors of three numbers are slow
            mean, std = (numbers.flatten().repeat(width) for numbers in (self.mean, self.std))
        for number, canvas in enumerate(inputs):
            pixels = np.ascontiguousarray(canvas.permute(1, 2, 0).numpy())
            if plans is not None:
                hue, saturation, value, left, top, right, bottom = plans[number].int().tolist()
                pixels = change_hsv_8bit(pixels, hue, saturation, value)
                pixels[top:bottom, left:right] = 0
            if self._channel_conversion:
                pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
            rows = images[number].view(height, -1).copy_(torch.from_numpy(pixels).view(height, -1))
            if self._enable_normalize:
                rows.sub_(mean).div_(std)
        return images.permute(0, 3, 1, 2)

    def together(self, inputs: Sequence[Tensor], plans: Tensor | None) -> Tensor:
        """The whole batch on the device, in floats; as :meth:`one_by_one`."""
        inputs = inputs if isinstance(inputs, Tensor) else torch.stack(inputs)
        images = inputs.to(self.device, non_blocking=True).float().contiguous(memory_format=torch.channels_last)
        if plans is not None:
            drawn = plans.to(images.device, non_blocking=True)
            if plans[:, :3].any():  # the GPU would have to be waited for
                images = change_hsv(images, drawn[:, :3])
            images = fill_holes(images, drawn[:, 3:])
        if self._channel_conversion:
            images = images.flip(1)
        return images.sub_(self.mean).div_(self.std) if self._enable_normalize else images


def change_hsv_8bit(image: np.ndarray, hue: int, saturation: int, value: int) -> np.ndarray:
    """Adds to hue, saturation and value as :func:`change_hsv` does, in OpenCV's 8-bit HSV.

    Args:
        image: ``[H, W, 3]``, uint8, BGR.
        hue: Degrees / 2.
        saturation: 0 to 255.
        value: 0 to 255.

    Returns:
        A new image.
    """
    if not (hue or saturation or value):
        return image.copy()
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV_FULL)  # hue 0 to 255, which overflows as hue does
    if hue:
        turn = np.array([round(hue * 256 / 180) % 256, 0, 0], np.uint8)
        row = np.tile(turn, hsv.shape[1])  # every third number alone takes thrice as long as all of them
        hsv.reshape(len(hsv), -1)[:] += row
    cv2.add(hsv, (0, saturation, value, 0), dst=hsv)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR_FULL, dst=hsv)


def change_hsv(images: Tensor, gains: Tensor) -> Tensor:
    """Adds to hue, saturation and value, as YOLOX does, without rounding in between.

    Args:
        images: ``[B, 3, H, W]``, BGR, 0 to 255.
        gains: ``[B, 3]``: hue (degrees / 2), saturation and value (0 to 255).

    Returns:
        Images of the same kind.

    Source:
        https://en.wikipedia.org/wiki/HSL_and_HSV; the augmentation is YOLOX's, https://arxiv.org/abs/2107.08430
        (``YOLOXHSVRandomAug`` in MMDetection, on OpenCV's 8-bit HSV).
    """
    blue, green, red = images.split(1, 1)
    value = torch.maximum(torch.maximum(blue, green), red)
    chroma = value - torch.minimum(torch.minimum(blue, green), red)
    hue_gain, saturation_gain, value_gain = (gain[:, :, None, None] for gain in gains.split(1, 1))
    # sixths of a turn; a grey pixel has hue 0, as in OpenCV
    hue = torch.where(value == green, 2 * chroma + blue - red, 4 * chroma + red - green)
    hue = torch.where(value == red, green - blue, hue).div_(chroma.clamp(min=1e-6)).add_(hue_gain / 30)
    saturation = (chroma / value.clamp(min=1e-6)).add_(saturation_gain / 255).clamp_(0, 1)
    value = (value + value_gain).clamp_(0, 255)
    chroma = saturation.mul_(value)
    changed = torch.empty_like(images)
    for channel, shift in enumerate(_HUES):
        k = (hue + shift).remainder_(6)
        torch.sub(value, torch.minimum(k, 4 - k).clamp_(0, 1).mul_(chroma), out=changed[:, channel : channel + 1])
    return changed


def fill_holes(images: Tensor, holes: Tensor) -> Tensor:
    """Images ``[B, 3, H, W]`` that are 0 inside of holes ``[B, 4]``: left, top, right and bottom, pixels."""
    left, top, right, bottom = holes[:, :, None].unbind(1)  # [B, 1]
    columns, rows = (torch.arange(images.shape[-axis], device=images.device) for axis in (1, 2))
    inside = ((rows >= top) & (rows < bottom))[:, None, :, None] & ((columns >= left) & (columns < right))[
        :, None, None
    ]
    return images.masked_fill_(inside, 0.0)
