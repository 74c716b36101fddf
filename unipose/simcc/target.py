"""The one currency between teachers, ground truth, losses and the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .constants import constant

_EDGE = 1e-3  # a row with less than this inside the student's window says nothing about it


@dataclass(frozen=True)
class SimCCTarget:
    """Distributions over the student's SimCC bins for the union's keypoints.

    Args:
        x: Probabilities along x, ``[B, K, Wx]``; every row sums to 1.
        y: Probabilities along y, ``[B, K, Wy]``; every row sums to 1.
        weight: How much each keypoint counts, ``[B, K]`` in [0, 1]; 0 where nothing is known of it.

    Raises:
        ValueError: If the shapes do not fit together.
    """

    x: Tensor
    y: Tensor
    weight: Tensor

    def __post_init__(self) -> None:
        if not (self.x.ndim == self.y.ndim == 3 and self.x.shape[:2] == self.y.shape[:2] == self.weight.shape):
            raise ValueError(
                'a SimCCTarget takes x [B, K, Wx], y [B, K, Wy] and weight [B, K]. Got: '
                f'{tuple(self.x.shape)}, {tuple(self.y.shape)}, {tuple(self.weight.shape)}'
            )

    @classmethod
    def from_mass(cls, x: Tensor, y: Tensor, weight: Tensor | None = None) -> SimCCTarget:
        """Rows of which a part may lie outside the student's window: what is inside becomes the whole.

        Args:
            x: Mass along x, ``[B, K, Wx]``; every row sums to the share that lies inside.
            y: Mass along y, ``[B, K, Wy]``; likewise.
            weight: Share of each keypoint that lies inside along both axes, ``[B, K]``; by default the product of both.

        Returns:
            The target, its weight the share inside; uniform rows of weight 0 where almost nothing is.

        >>> target = SimCCTarget.from_mass(torch.tensor([[[0.5, 0.0]]]), torch.tensor([[[0.25, 0.75]]]))
        >>> target.x.tolist(), target.weight.tolist()
        ([[[1.0, 0.0]]], [[0.5]])
        """
        rows, share = [], 1.0 if weight is None else weight
        for mass in (x, y):
            inside = mass.sum(-1)  # [B, K]
            known = inside > _EDGE
            uniform = torch.full_like(mass, 1.0 / mass.shape[-1])
            rows.append(torch.where(known[..., None], mass / inside.clamp(min=_EDGE)[..., None], uniform))
            share = share * (inside if weight is None else 1.0) * known
        return cls(*rows, share.clamp(0.0, 1.0))

    @property
    def axes(self) -> tuple[Tensor, Tensor]:
        """The distributions along x and y."""
        return self.x, self.y

    def finite_rows(self) -> tuple[SimCCTarget, Tensor]:
        """The same target without the keypoints of which something is no finite number.

        Multiplying them by 0 would not do: NaN times 0 is NaN, in every weight of the student after one step.

        Returns:
            The target, their rows uniform and of weight 0; and which keypoints were left out, ``[B, K]``.

        >>> rows, nan = torch.full((1, 2, 2), 0.5), float('nan')
        >>> kept, left_out = SimCCTarget(rows, rows, torch.tensor([[0.9, nan]])).finite_rows()
        >>> kept.weight.tolist(), left_out.tolist()
        ([[0.8999999761581421, 0.0]], [[False, True]])
        """
        # a sum is finite where all its terms are, and costs a tenth of asking each of them
        finite = (self.x.sum(-1) + self.y.sum(-1) + self.weight).isfinite()
        x, y = (torch.where(finite[..., None], rows, 1.0 / rows.shape[-1]) for rows in self.axes)
        return SimCCTarget(x, y, torch.where(finite, self.weight, 0.0)), ~finite

    def scaled(self, factor: Tensor | float) -> SimCCTarget:
        """The same target with its weight multiplied, by what broadcasts to ``[B, K]``."""
        return SimCCTarget(self.x, self.y, self.weight * factor)

    def sample(self, index: int) -> SimCCTarget:
        """The target of one sample of the batch, on the CPU."""
        return SimCCTarget(*(rows[index : index + 1].cpu() for rows in (self.x, self.y, self.weight)))

    def select_keypoints(self, indices: Sequence[int]) -> SimCCTarget:
        """The target of some of the keypoints, in the order of their indices."""
        chosen = constant(indices, self.weight.device)
        return SimCCTarget(self.x[:, chosen], self.y[:, chosen], self.weight[:, chosen])

    def with_more(self, others: SimCCTarget) -> SimCCTarget:
        """This target's keypoints, and after them those of another of the same batch."""
        parts = zip((self.x, self.y, self.weight), (others.x, others.y, others.weight), strict=True)
        return SimCCTarget(*(torch.cat(both, 1) for both in parts))

    def scatter_keypoints(self, src_indices: Sequence[int], dst_indices: Sequence[int], num: int) -> SimCCTarget:
        """Moves keypoints into a larger skeleton; those that are not filled get uniform rows of weight 0.

        Args:
            src_indices: Indices into this target's keypoints.
            dst_indices: Indices they get, in the same order.
            num: Number of keypoints of the larger skeleton.

        Returns:
            The target with ``num`` keypoints.
        """
        src, dst = (constant(indices, self.weight.device) for indices in (src_indices, dst_indices))

        def move(rows: Tensor) -> Tensor:
            out = rows.new_full((rows.shape[0], num, rows.shape[2]), 1.0 / rows.shape[2])
            out[:, dst] = rows[:, src]
            return out

        weight = self.weight.new_zeros(self.weight.shape[0], num)
        weight[:, dst] = self.weight[:, src]
        return SimCCTarget(move(self.x), move(self.y), weight)
