"""Targets in a few bytes: each row as a log-linear curve through bins that are fine where it bends."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from .target import SimCCTarget

LEAVES = 30  # 92 bytes per keypoint
_STEPS = 16.0  # per nat; densities below exp(-255 / 16) are stored as that
_LEAST = 1e-7
_FLATNESS = 0.02  # share of what a constant density would cost in the cost of a node, so that edges are seen too


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


def _split(rows: Tensor, leaves: int) -> tuple[Tensor, Tensor]:
    """Densities and widths (as powers of two) of the parts of rows ``[R, W]``, both ``[R, leaves]``."""
    num_rows, num_bins = rows.shape
    if leaves > num_bins:
        raise ValueError(f'rows of {num_bins} bins have no {leaves} parts; store them with fewer leaves')
    depth = (num_bins - 1).bit_length()
    masses, gains = _tree(pad(rows.float(), (0, 2**depth - num_bins)), num_bins)
    order = torch.cat(gains[::-1], -1)  # [R, P - 1], the root first
    chosen = torch.zeros_like(order, dtype=torch.bool).scatter_(-1, order.topk(leaves - 1, -1).indices, True)

    exponents = torch.full((num_rows, 1), depth, dtype=torch.uint8, device=rows.device)
    density = masses[-1] / num_bins
    for level, split in zip(range(depth - 1, -1, -1), chosen.split([2**i for i in range(depth)], -1), strict=True):
        split = split.repeat_interleave(2, -1)
        exponents = torch.where(split, level, exponents.repeat_interleave(2, -1))
        inside = _widths(num_bins, 2**level, rows.device).clamp(min=1)
        density = torch.where(split, masses[level] / inside, density.repeat_interleave(2, -1))
    first = torch.arange(2**depth, device=rows.device) % (1 << exponents.int()) == 0  # [R, P], bins that begin a part
    steps = (-_STEPS * density[first].clamp(min=_LEAST).log()).round().clamp(0, 255)
    return steps.to(torch.uint8).view(num_rows, leaves), exponents[first].view(num_rows, leaves)


def _tree(mass: Tensor, num_bins: int) -> tuple[list[Tensor], list[Tensor]]:
    """The binary tree over bins ``[R, P]``, level by level from the bins up.

    Returns:
        Mass of each node, beginning with the bins; and what is gained by splitting it, nats, beginning with pairs. A
        node is worth a little more than any below it, so that it is split first.
    """
    log = mass.clamp(min=_LEAST).log()
    x, y = torch.arange(mass.shape[-1], dtype=mass.dtype, device=mass.device).expand_as(mass), log
    xx = xy = yy = cost = None  # 0 of single bins
    entropy = mass * log
    masses, gains = [mass], []
    while mass.shape[-1] > 1:
        left, right = mass[..., 0::2], mass[..., 1::2]
        mass = left + right
        share = right / mass.clamp(min=1e-30)
        dx, dy = x[..., 1::2] - x[..., 0::2], y[..., 1::2] - y[..., 0::2]
        between = left * share
        x, y = x[..., 0::2] + share * dx, y[..., 0::2] + share * dy
        xx, xy, yy = (
            product if below is None else _halved(below) + product
            for below, product in zip((xx, xy, yy), (between * dx * dx, between * dx * dy, between * dy * dy))
        )
        entropy = _halved(entropy)
        # about the KL divergence of what would be stored: of a line through the logarithms, and a little of a constant
        width = _widths(num_bins, 2 ** len(masses), mass.device).clamp(min=1)
        residual = (yy - xy * xy / xx.clamp(min=1e-30)).clamp(min=0) / 2
        constant = (entropy - mass * (mass / width).clamp(min=_LEAST).log()).clamp(min=0)
        below, cost = cost, residual + _FLATNESS * constant
        gain = cost if below is None else cost - _halved(below)
        if gains:
            gain = torch.maximum(gain, gains[-1].unflatten(-1, (-1, 2)).amax(-1) * (1 + 1e-6) + 1e-20)
        masses.append(mass)
        gains.append(gain)
    return masses, gains


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
    """The sums of pairs."""
    return values[..., 0::2] + values[..., 1::2]


def _widths(num_bins: int, width: int, device: torch.device) -> Tensor:
    """How many of a level's bins each of its nodes really has, ``[P / width]``."""
    padded = 1 << (num_bins - 1).bit_length()
    return (num_bins - torch.arange(0, padded, width, device=device)).clamp(0, width)
