"""Datasets annotate the same joints differently: a correction of the shared keypoints for each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from unipose.simcc import constant
from unipose.skeletons import KeypointMap, Skeleton, load_skeleton

_RANK = 16


class Dialect(nn.Module):
    """What one dataset means by the keypoints that others annotate as well.

    The correction of a keypoint is read from the tokens of all keypoints, since where a dataset puts a hip depends on
    how the body lies. It begins as none.

    Args:
        keypoints: Indices of the keypoints that it corrects.
        num_keypoints: Keypoints of the head.
        hidden: Width of the head's tokens.
        rank: Width of what is read from, and written to, each token.
    """

    def __init__(self, keypoints: Sequence[int], num_keypoints: int, hidden: int, rank: int = _RANK) -> None:
        super().__init__()
        self.keypoints = list(keypoints)
        self.rank = rank
        self.read = nn.Linear(hidden, rank)
        self.mix = nn.Sequential(
            nn.Linear(num_keypoints * rank, 8 * rank), nn.SiLU(), nn.Linear(8 * rank, len(self.keypoints) * rank)
        )
        self.write = nn.Linear(rank, hidden)
        nn.init.zeros_(self.write.weight)
        nn.init.zeros_(self.write.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        """Corrects tokens.

        Args:
            tokens: ``[B, K, hidden]``.

        Returns:
            The corrected tokens of its own keypoints, ``[B, len(keypoints), hidden]``.
        """
        body = self.mix(self.read(tokens).flatten(1))  # [B, shared * rank]
        return tokens[:, constant(self.keypoints, tokens.device)] + self.write(body.view(len(tokens), -1, self.rank))


def build_dialects(
    config: Mapping[str, Mapping[str, Any] | None] | None, union: Skeleton, hidden: int
) -> dict[str, Dialect]:
    """Builds the dialects of a config.

    Args:
        config: By name of the source (and of the teacher, if there is one) that speaks it: ``skeleton``, the
            keypoints that the source annotates, and optionally ``rank``. None is no dialect.
        union: The skeleton that the student predicts.
        hidden: Width of the head's tokens.

    Returns:
        Dialects by name; each corrects the keypoints that it shares with another.

    Raises:
        ValueError: If keys are missing or unknown, or no keypoint is shared.
    """
    if not isinstance(config or {}, Mapping):
        raise ValueError(f"dialects are given by name, dict(coco=dict(skeleton='coco'), ...). Got: {config!r}")
    given = {name: entry for name, entry in (config or {}).items() if entry is not None}
    known: dict[str, tuple[int, ...]] = {}
    for name, entry in given.items():
        fits = isinstance(entry, Mapping) and 'skeleton' in entry and set(entry) <= {'skeleton', 'rank', 'aliases'}
        rank = entry.get('rank', _RANK) if fits else None
        if 'loss' in name or not isinstance(rank, int) or rank < 1:
            raise ValueError(
                f'dialect {name!r} takes skeleton (and rank, at least 1, and aliases), such as dialects=dict({name}='
                f'dict(skeleton={name!r})), and has no loss in its name. Got: {entry!r}'
            )
        own = load_skeleton(entry['skeleton'])
        known[name] = KeypointMap(own, union, entry.get('aliases'), what=f'dialect {name!r}').dst_indices
    speakers = Counter(index for indices in known.values() for index in indices)
    dialects = {}
    for name, entry in given.items():
        shared = [index for index in known[name] if speakers[index] > 1]
        if not shared:
            raise ValueError(
                f'dialect {name!r} shares no keypoint with another dialect, so there is nothing to correct; dialects '
                'are for datasets that annotate the same joints differently: name two or more of them'
            )
        dialects[name] = Dialect(shared, len(union), hidden, entry.get('rank', _RANK))
    return dialects


def come_from(name: str, sources: Sequence[str], device: torch.device) -> Tensor:
    """Which samples come from a source.

    Args:
        name: The source.
        sources: Name of each sample's source.
        device: Where this is needed, which is not waited for.

    Returns:
        Booleans ``[B]``.
    """
    return torch.tensor([source == name for source in sources]).to(device, non_blocking=True)


def corrected(tokens: Tensor, dialects: Mapping[str, Dialect], names: Sequence[str]) -> Tensor:
    """Tokens as each sample's dataset means them.

    Args:
        tokens: ``[B, K, hidden]``.
        dialects: Dialects by name.
        names: Name of each sample's source; a source without a dialect keeps its tokens.

    Returns:
        ``[B, K, hidden]``.
    """
    result = tokens.clone()
    for name, dialect in dialects.items():
        speaks, own = come_from(name, names, tokens.device), constant(dialect.keypoints, tokens.device)
        result[:, own] = torch.where(speaks[:, None, None], dialect(tokens), result[:, own])
    return result
