"""Targets in a few bytes: each row as a log-linear curve through bins that are fine where it bends."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from .target import SimCCTarget

LEAVES = 30  # 92 bytes per keypoint
_STEPS = 16.0  # per nat; densities below exp(-255 / 16) are stored as that
_LEAST = 1e-7
_FLATNESS = 0.02  # share of what a constant density would cost in the cost of a node, so that edges are seen too
_SIZES = 64  # numbers of bins and devices whose trees are kept


def compact_bytes(leaves: int = LEAVES) -> int:
    """Bytes per keypoint.

    Raises:
        ValueError: If ``leaves`` is not an even number above 0.
    """
    if leaves <= 0 or leaves % 2:
        raise ValueError(f'leaves must be an even number above 0. Got: {leaves}')
    return 3 * leaves + 2


def compress(target: SimCCTarget, leaves: int = LEAVES) -> Tensor:
    """Stores a target with a fixed number of bytes per keypoint.

    A row is halved again and again, each time where that brings the stored row nearest to it, until it has ``leaves``
    parts: single bins around peaks, however many, and long parts in the flat tail. Kept is each part's width, a power
    of two, and its mean density, in sixteenths of a nat.

    Args:
        target: The target.
        leaves: Parts per row, even and at most the number of bins.

    Returns:
        ``[B, K, 3 * leaves + 2]``, uint8: densities along x and y, widths along x and y (two to a byte), weight
        (float16).

    Raises:
        ValueError: If ``leaves`` will not do.

    >>> rows = torch.softmax(-((torch.arange(64) - 20.3) ** 2) / 8, -1).expand(1, 1, -1)
    >>> target = SimCCTarget(rows, rows, torch.ones(1, 1))
    >>> packed = compress(target, leaves=16)
    >>> packed.shape, decompress(packed, (64, 64)).x.argmax(-1).item()
    (torch.Size([1, 1, 50]), 20)
    """
    compact_bytes(leaves)
    parts = [_split(rows.flatten(0, 1), leaves) for rows in target.axes]
    densities, widths = ([axis[part] for axis in parts] for part in (0, 1))
    weight = target.weight.to(torch.float16).reshape(-1, 1).view(torch.uint8)
    widths = [exponents[:, 0::2] | exponents[:, 1::2] << 4 for exponents in widths]
    return torch.cat([*densities, *widths, weight], -1).view(*target.weight.shape, -1)


def decompress(packed: Tensor, num_bins: tuple[int, int]) -> SimCCTarget:
    """Reads what :func:`compress` has stored.

    Between the middles of its parts, a row's logarithm is linear; every part keeps its mass.

    Args:
        packed: ``[B, K, bytes]``, uint8.
        num_bins: Bins along x and y.

    Returns:
        The target.

    Raises:
        ValueError: If the bytes are not of a target with these bins.
    """
    leaves, rest = divmod(packed.shape[-1] - 2, 3)
    if packed.dtype != torch.uint8 or rest or leaves <= 0 or leaves % 2:
        raise ValueError(f'compact targets are bytes [B, K, 3 * leaves + 2]. Got: {packed.dtype} {tuple(packed.shape)}')
    sizes = (leaves, leaves, leaves // 2, leaves // 2, 2)
    *parts, weight = packed.flatten(0, 1).split(sizes, -1)
    rows = [
        _join(density, torch.stack([width & 15, width >> 4], -1).flatten(1), bins).view(*packed.shape[:2], bins)
        for density, width, bins in zip(parts[:2], parts[2:], num_bins, strict=True)
    ]
    return SimCCTarget(*rows, weight.contiguous().view(torch.float16).float().view(packed.shape[:2]))


def compact_weights(packed: np.ndarray) -> np.ndarray:
    """The weights in what :func:`compress` has stored, ``[..., bytes]``: float16 ``[...]``."""
    return np.ascontiguousarray(packed[..., -2:]).view(np.float16)[..., 0]


def clear_weights(packed: np.ndarray, rows: np.ndarray) -> None:
    """Sets the weights in some rows ``[B]`` of what :func:`compress` has stored, ``[B, K, bytes]``, to 0; in place."""
    packed[rows, :, -2:] = 0


def _split(rows: Tensor, leaves: int) -> tuple[Tensor, Tensor]:
    """Densities and widths (as powers of two) of the parts of rows ``[R, W]``, both ``[R, leaves]``."""
    num_rows, num_bins = rows.shape
    if leaves > num_bins:
        raise ValueError(f'rows of {num_bins} bins have no {leaves} parts; store them with fewer leaves')
    depth = (num_bins - 1).bit_length()
    # bins first, rows side by side: halving then adds whole lines of memory, which is four times as fast on a CPU
    masses, gains = _tree(pad(rows.float(), (0, 2**depth - num_bins)).t().contiguous(), num_bins)
    # nodes by number, the root first: node n is split into 2n + 1 and 2n + 2
    split = torch.cat(gains[::-1]).t().contiguous().topk(leaves - 1, -1).indices
    parts = torch.stack([2 * split + 1, 2 * split + 2], -1).flatten(1)  # [R, 2 * leaves - 2], some of them split again
    again = parts.new_zeros(num_rows, 2 ** (depth + 1) - 1, dtype=torch.bool).scatter_(-1, split, True)
    level, begin, inside = _nodes(num_bins, rows.device)
    order = begin[parts].masked_fill(again.gather(-1, parts), 2**depth).sort(-1).indices[:, :leaves]
    parts = parts.gather(-1, order)
    density = torch.cat(masses[::-1]).t().gather(-1, parts) / inside[parts]
    steps = (-_STEPS * density.clamp(min=_LEAST).log()).round().clamp(0, 255)
    return steps.to(torch.uint8), level[parts]


def _tree(mass: Tensor, num_bins: int) -> tuple[list[Tensor], list[Tensor]]:
    """The binary tree over bins ``[P, R]``, level by level from the bins up.

    Returns:
        Mass of each node, beginning with the bins; and what is gained by splitting it, nats, beginning with pairs. A
        node is worth a little more than any below it, so that it is split first.
    """
    log = mass.clamp(min=_LEAST).log()
    x, y = torch.arange(len(mass), dtype=mass.dtype, device=mass.device)[:, None], log
    xx = xy = yy = cost = None  # 0 of single bins
    entropy = mass * log
    masses, gains = [mass], []
    while len(mass) > 1:
        left, right = mass[0::2], mass[1::2]
        mass = left + right
        share = right / mass.clamp(min=1e-30)
        dx, dy = x[1::2] - x[0::2], y[1::2] - y[0::2]
        between = left * share
        x, y = x[0::2] + share * dx, y[0::2] + share * dy
        xx, xy, yy = (
            product if below is None else _halved(below) + product
            for below, product in zip((xx, xy, yy), (between * dx * dx, between * dx * dy, between * dy * dy))
        )
        entropy = _halved(entropy)
        # about the KL divergence of what would be stored: of a line through the logarithms, and a little of a constant
        width = _widths(num_bins, 2 ** len(masses), mass.device).clamp(min=1)[:, None]
        residual = (yy - xy * xy / xx.clamp(min=1e-30)).clamp(min=0) / 2
        constant = (entropy - mass * (mass / width).clamp(min=_LEAST).log()).clamp(min=0)
        below, cost = cost, residual + _FLATNESS * constant
        gain = cost if below is None else cost - _halved(below)
        if gains:
            gain = torch.maximum(gain, torch.maximum(gains[-1][0::2], gains[-1][1::2]) * (1 + 1e-6) + 1e-20)
        masses.append(mass)
        gains.append(gain)
    return masses, gains


@lru_cache(_SIZES)
def _nodes(num_bins: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Of each node of the tree over bins, the root first: level above the bins, first bin, and bins, at least 1."""
    levels = range((num_bins - 1).bit_length(), -1, -1)
    with torch.inference_mode(False):  # made in such a mode they could not be used in training later
        inside = [_widths(num_bins, 2**level, device) for level in levels]
        level = [torch.full_like(nodes, level, dtype=torch.uint8) for level, nodes in zip(levels, inside)]
        begin = [torch.arange(len(nodes), device=device) << level for level, nodes in zip(levels, inside)]
        return torch.cat(level), torch.cat(begin), torch.cat(inside).clamp(min=1)


def _join(steps: Tensor, exponents: Tensor, num_bins: int) -> Tensor:
    """Rows ``[R, num_bins]`` from the densities and widths of their parts, ``[R, leaves]``."""
    num_rows = len(steps)
    width = 1 << exponents.long()
    padded = 1 << (num_bins - 1).bit_length()
    # a GPU would have to be waited for
    if steps.device.type == 'cpu' and not bool((width.sum(-1) == padded).all()):
        raise ValueError(f'these bytes are of rows with another number of bins than {num_bins}')
    begin = width.cumsum(-1) - width
    inside = (num_bins - begin).clamp(min=0).minimum(width)  # the last parts may lie beyond the bins
    middle = begin + (inside - 1) / 2
    log = steps.float() / -_STEPS
    # a part's halves are lines towards the middles of its neighbours: log density = level + slope * bin
    slope = (log.diff(dim=-1) / middle.diff(dim=-1)).masked_fill(inside[:, 1:] == 0, 0.0)
    slopes = torch.stack([pad(slope, (1, 0)), pad(slope, (0, 1))], -1)  # [R, leaves, 2]
    bins = torch.stack([inside // 2, inside - inside // 2], -1)
    first = torch.stack([begin, begin + inside // 2], -1)
    level = log[..., None] - slopes * middle[..., None]
    # every part keeps its mass, and the row's is 1
    found = (_geometric(slopes, bins) * (level + slopes * first).exp()).sum(-1)
    mass = log.exp() * inside
    level = (
        level + ((mass / found.clamp(min=1e-30)).clamp(min=1e-30).log() - mass.sum(-1, keepdim=True).log())[..., None]
    )

    bins[..., 1] += width - inside
    level, slopes = (
        _repeat(numbers, bins, num_rows * padded).view(num_rows, padded)[:, :num_bins] for numbers in (level, slopes)
    )
    return torch.addcmul(level, slopes, torch.arange(num_bins, dtype=level.dtype, device=level.device)).exp_()


def _repeat(numbers: Tensor, times: Tensor, total: int) -> Tensor:
    """Each number as often as it says, flat; NumPy is eight times as fast at it as torch on a CPU."""
    if numbers.device.type == 'cpu':
        return torch.from_numpy(np.repeat(numbers.numpy().ravel(), times.numpy().ravel()))
    return torch.repeat_interleave(numbers.flatten(), times.flatten(), output_size=total)


def _geometric(slope: Tensor, count: Tensor) -> Tensor:
    """``sum(exp(slope * i) for i in range(count))``."""
    steep = slope.abs() > 1e-4
    safe = torch.where(steep, slope, 1.0)
    return torch.where(steep, torch.expm1(safe * count) / torch.expm1(safe), count)


def _halved(values: Tensor) -> Tensor:
    """The sums of pairs, ``[P / 2, R]``."""
    return values[0::2] + values[1::2]


def _widths(num_bins: int, width: int, device: torch.device) -> Tensor:
    """How many of a level's bins each of its nodes really has, ``[P / width]``."""
    padded = 1 << (num_bins - 1).bit_length()
    return (num_bins - torch.arange(0, padded, width, device=device)).clamp(0, width)
