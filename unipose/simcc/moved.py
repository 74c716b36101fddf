"""A target of a person as it is, carried along when the picture is turned, scaled, shifted or mirrored."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .bins import SimCCBins
from .constants import constant
from .rebin import rebin
from .target import SimCCTarget

_LEAST = 1e-3  # of a factor: less makes one bin of all of them


def moved(
    target: SimCCTarget,
    matrix: Tensor,
    shift: Tensor,
    bins: SimCCBins,
    mirrored: Tensor,
    flip_indices: Sequence[int],
    zooms: Sequence[Sequence[float]] | None = None,
) -> SimCCTarget:
    """What is said of a person, in another view of the same person.

    Along x and y a place is taken to be distributed independently, as SimCC has it. A coordinate of the other view is a
    sum of both, so its distribution is the convolution of theirs, each scaled: the exact one of such a place.

    Args:
        target: Distributions over the bins, ``[B, K, W]``.
        matrix: ``[B, 2, 2]``, places of the other view are ``matrix @ place + shift``.
        shift: ``[B, 2]``, pixels of the model's input.
        bins: The bins, of both views.
        mirrored: ``[B]``, where the other view is a mirror image: keypoints there are those of the other side.
        flip_indices: Of each keypoint the one on the other side.
        zooms: Of :func:`zooms_of`, where several targets move alike; by default they are looked up.

    Returns:
        Distributions over the same bins; the weight is multiplied by the share that lies inside the other view, and is
        NaN of a sample whose matrix or shift is no number.

    >>> bins = SimCCBins((8, 8), (1.0, 1.0), split_ratio=1.0)
    >>> place = bins.encode(torch.tensor([[[2.0, 5.0]]]), torch.ones(1, 1))
    >>> quarter_turn, shift = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]]), torch.tensor([[7.0, 0.0]])
    >>> bins.decode(moved(place, quarter_turn, shift, bins, torch.tensor([False]), [0])).tolist()
    [[[2.0, 2.0]]]
    """
    sided = mirrored.to(target.weight.device)[:, None]
    other = target.select_keypoints(flip_indices)
    rows = [torch.where(sided[..., None], there, here) for here, there in zip(target.axes, other.axes, strict=True)]
    weight = torch.where(sided, other.weight, target.weight)
    finite = (matrix.sum((1, 2)) + shift.sum(1)).isfinite()[:, None]  # [B, 1]
    weight = torch.where(finite | (weight == 0), weight, torch.nan)
    matrix = torch.where(finite[..., None], matrix, 1.0)
    shift = torch.where(finite, shift, 0.0) * bins.split_ratio
    zooms = zooms_of(matrix) if zooms is None else zooms
    found = [_along(*rows, matrix[:, axis], shift[:, axis], bins.num_bins[axis], zooms[axis]) for axis in (0, 1)]
    return SimCCTarget.from_mass(*found).scaled(weight)


def zooms_of(matrix: Tensor) -> list[list[float]]:
    """The largest factors of a batch's matrices ``[B, 2, 2]``, on which sizes depend; the CPU waits for a GPU's."""
    return torch.where(matrix.isfinite(), matrix.abs(), 1.0).amax(0).cpu().tolist()


def _along(x: Tensor, y: Tensor, factors: Tensor, shift: Tensor, num_bins: int, zooms: Sequence[float]) -> Tensor:
    """Mass ``[B, K, num_bins]`` of ``factors[0] * x + factors[1] * y + shift``; none is larger than its zoom."""
    middles = constant([rows.shape[-1] // 2 for rows in (x, y)], factors.device)
    centre = (factors * middles).sum(-1) + shift  # [B], where the middle bins of both go
    whole = centre.round()
    wider = factors.abs().argmax(-1, keepdim=True)  # which can be moved by a part of a bin
    rest = torch.zeros_like(factors).scatter(-1, wider, (centre - whole)[:, None])
    terms = [_scaled(rows, factors[:, axis], rest[:, axis], zooms[axis]) for axis, rows in enumerate((x, y))]
    size = sum(term.shape[-1] for term in terms) - 1
    length = 1 << (size - 1).bit_length()
    spectrum = math.prod(torch.fft.rfft(term, length) for term in terms)
    total = torch.fft.irfft(spectrum, length)[..., :size].clamp(min=0.0)  # rounding leaves -1e-8 where there is nothing
    return rebin(total, (size - 1) / 2 - whole, torch.ones_like(whole), num_bins)


def _scaled(rows: Tensor, factor: Tensor, offset: Tensor, zoom: float) -> Tensor:
    """Mass of ``factor * (bin - middle) + offset`` over whole numbers around 0, ``[B, K, odd]``."""
    size, bins = factor.abs().clamp(min=_LEAST), rows.shape[-1]
    reach = math.ceil((bins // 2 + 1) * max(zoom, _LEAST)) + 1
    backward = factor < 0
    middle = torch.where(backward, bins - 1 - bins // 2, bins // 2)  # [B]
    rows = torch.where(backward[:, None, None], rows.flip(-1), rows).float()
    return rebin(rows, middle - (reach + offset) / size, 1 / size, 2 * reach + 1)
