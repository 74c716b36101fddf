"""Whom a batch of canvases shows: each person's own box, carried through the augmentation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.batches.sample_batch import Samples, labels_of, metainfo_of

from .constants import constant, exact

_EMPTY = 1e-6  # a box of no area holds nothing but its centre


@dataclass(frozen=True)
class Persons:
    """The people that a batch is about, one of each sample, in pixels of the student's input.

    Args:
        sources: Names of the sources that they come from.
        boxes: ``[B, 3, 2]``: the centre of a person's box as it is annotated, and the vectors from there to the
            middles of its right and bottom sides; a rotated crop has rotated boxes.
        sizes: ``[B, 2]``: width and height of the box that the crop is cut around, before its padding. It is another
            than that of ``boxes`` where augmentation zooms, or takes half of a body for the whole.

    Raises:
        ValueError: If the shapes do not fit together.
    """

    sources: tuple[str, ...]
    boxes: Tensor
    sizes: Tensor

    def __post_init__(self) -> None:
        num = len(self.sources)
        if self.boxes.shape != (num, 3, 2) or self.sizes.shape != (num, 2):
            raise ValueError(
                f'{num} persons have boxes [{num}, 3, 2] and sizes [{num}, 2]. Got: {tuple(self.boxes.shape)} and '
                f'{tuple(self.sizes.shape)}'
            )

    @classmethod
    def of_samples(cls, samples: Samples, device: torch.device | str = 'cpu') -> Persons | None:
        """The people of samples that CanvasAffine has cropped; None of samples that do not say who they are about."""
        boxes, sizes = (labels_of(samples, key) for key in ('person_box', 'person_size'))
        if boxes is None:
            return None
        going_on = torch.device(device).type != 'cpu'  # what comes back from a GPU is read at once
        boxes, sizes = (values.to(device, non_blocking=going_on) for values in (boxes, sizes))
        return cls(tuple(metainfo_of(samples, 'source')), boxes, sizes)

    def mirrored(self, width: int) -> Persons:
        """The same people in the mirror image of the student's input, which has that width."""
        boxes = self.boxes * constant((-1.0, 1.0), self.boxes.device)
        boxes[:, 0, 0] += width - 1
        return Persons(self.sources, boxes, self.sizes)

    def way_from(self, boxes: Tensor, mirrored: Tensor) -> tuple[Tensor, Tensor]:
        """How places move with these people, from a view where their boxes were others.

        Args:
            boxes: Their boxes there, ``[B, 3, 2]``.
            mirrored: ``[B]``, who is seen here in the mirror.

        Returns:
            Matrix ``[B, 2, 2]`` and shift ``[B, 2]``: a place is here at ``matrix @ place + shift``.
        """
        dtype = exact(boxes.device)
        boxes, own = boxes.to(dtype), self.boxes.to(dtype)
        there, here = (vectors[:, 1:].transpose(1, 2) for vectors in (boxes, own))  # [B, 2, 2] columns
        sides = torch.where(mirrored[:, None], constant((-1.0, 1.0), here.device).to(dtype), 1.0)
        matrix = (here * sides[:, None]) @ _inverse(there)
        return matrix, own[:, 0] - (matrix @ boxes[:, 0, :, None])[..., 0]

    def inside(self, places: Tensor, factor: float) -> Tensor:
        """Whether places lie inside a person's box, grown around its centre.

        Args:
            places: ``[B or 1, ..., 2]``, pixels of the student's input, xy.
            factor: What the box's width and height are multiplied by.

        Returns:
            Booleans ``[B, ...]``.
        """
        shape = (len(self.boxes), *[1] * (places.ndim - 2), 2)
        centre, right, down = (vector.reshape(shape) for vector in self.boxes.unbind(1))
        away = places - centre
        area = right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]  # negative in a mirror image
        area = torch.where(area.abs() < _EMPTY, _EMPTY, area)
        along = (away[..., 0] * down[..., 1] - away[..., 1] * down[..., 0]) / area
        across = (right[..., 0] * away[..., 1] - right[..., 1] * away[..., 0]) / area
        return (along.abs() <= factor) & (across.abs() <= factor)


def _inverse(matrix: Tensor) -> Tensor:
    """Inverses of 2x2 matrices, the identity of those that have none; torch's own has the CPU wait for a GPU."""
    (a, b), (c, d) = (row.unbind(-1) for row in matrix.unbind(-2))
    area = a * d - b * c
    flat = area.abs() < _EMPTY
    turned = torch.stack([torch.stack([d, -b], -1), torch.stack([-c, a], -1)], -2)
    inverse = turned / torch.where(flat, 1.0, area)[:, None, None]
    return torch.where(flat[:, None, None], torch.eye(2, dtype=matrix.dtype, device=matrix.device), inverse)
