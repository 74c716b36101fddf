"""How several teachers are combined: their targets fused, or some of them dropped for a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from unipose.simcc import SimCCTarget

COMBINATIONS = ('separate', 'by_source', 'fused')


def check_combination(combine: str, teacher_dropping: float, known: Sequence[Sequence[int]]) -> None:
    """Says what is wrong with how teachers shall be combined.

    Args:
        combine: One of :data:`COMBINATIONS`.
        teacher_dropping: Probability.
        known: Indices of the keypoints that each teacher knows; with less than two there is nothing to combine.

    Raises:
        ValueError: All problems at once.
    """
    problems = []
    shared = [index for index, count in Counter(i for indices in known for i in indices).items() if count > 1]
    if combine not in COMBINATIONS:
        problems.append(f'combine must be one of {COMBINATIONS}. Got: {combine!r}')
    if isinstance(teacher_dropping, bool) or not isinstance(teacher_dropping, int | float):
        problems.append(f'teacher_dropping must be a probability. Got: {teacher_dropping!r}')
    elif not 0 <= teacher_dropping <= 1:
        problems.append(f'teacher_dropping must be a probability, 0 to 1. Got: {teacher_dropping}')
    elif teacher_dropping and combine == 'fused':
        problems.append("teacher_dropping needs a term of each teacher; with combine='fused' there is one of them all")
    elif teacher_dropping and len(known) == 1:
        problems.append('teacher_dropping needs at least two teachers; there is one')
    if combine == 'fused' and len(known) > 1 and not shared:
        problems.append("combine='fused' needs keypoints that several teachers know, and there is none; use 'separate'")
    if problems:
        raise ValueError('; '.join(problems))


def speaks(name: str, sources: Sequence[str], known: Mapping[str, Sequence[int]], num_keypoints: int) -> Tensor:
    """Where a teacher speaks if what a dataset annotates is left to the teacher of its name.

    Args:
        name: The teacher.
        sources: Name of each sample's source.
        known: Indices of the keypoints that each teacher knows, by name.
        num_keypoints: Keypoints of the union.

    Returns:
        1 where it speaks, ``[B, num_keypoints]``; 0 where the sample's source has a teacher of its own that knows the
        keypoint.
    """
    allowed = torch.ones(len(sources), num_keypoints)
    for row, source in enumerate(sources):
        if source != name and source in known:
            allowed[row, list(known[source])] = 0.0
    return allowed


def fuse(targets: Sequence[SimCCTarget], weights: Sequence[float]) -> SimCCTarget:
    """One confidence-weighted mixture per keypoint.

    A keypoint's rows are the teachers' rows, mixed in proportion to ``weights[t] * targets[t].weight``. Its weight is
    the sum of these products over the sum of the weights, so that with a term of that weight each teacher counts for
    as much as it does in a term of its own.

    Args:
        targets: Targets of the teachers, over the same bins and keypoints.
        weights: How much each teacher counts, above 0.

    Returns:
        The mixture; rows are uniform where no teacher has weight.
    """
    votes = [weight * target.weight for target, weight in zip(targets, weights, strict=True)]  # [B, K] each
    total = torch.stack(votes).sum(0)
    shares = [torch.where(total > 0, vote / total.clamp(min=1e-12), 0.0)[..., None] for vote in votes]

    def mix(rows: list[Tensor]) -> Tensor:
        mixed = sum(share * row for share, row in zip(shares, rows, strict=True))  # [B, K, W]
        return torch.where(total[..., None] > 0, mixed, 1.0 / mixed.shape[-1])

    return SimCCTarget(
        mix([target.x for target in targets]), mix([target.y for target in targets]), total / sum(weights)
    )


def keep_teachers(losses: Mapping[str, Tensor], p: float, generator: torch.Generator) -> dict[str, Tensor]:
    """Keeps for each sample the teacher with the largest loss, and drops each of the others with probability ``p``.

    Args:
        losses: Loss of each sample by teacher, ``[B]``.
        p: Probability.
        generator: Source of all randomness, on the CPU.

    Returns:
        1 where a sample keeps a teacher and 0 where it does not, ``[B]``, by teacher.

    Source:
        UNIC's teacher dropping regularisation, https://arxiv.org/abs/2408.05088
    """
    stacked = torch.stack(list(losses.values()))  # [T, B]
    kept = (torch.rand(stacked.shape, generator=generator) >= p).to(stacked, non_blocking=True)
    kept.scatter_(0, stacked.argmax(0, keepdim=True), 1.0)
    return dict(zip(losses, kept, strict=True))
