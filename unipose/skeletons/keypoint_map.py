"""How the keypoints of one skeleton are found in another: derived from names, never typed as indices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .skeleton import Skeleton


class KeypointMap:
    """Correspondence of keypoints by name.

    Args:
        src: Skeleton that arrays are in.
        dst: Skeleton they are wanted in.
        aliases: Other names, ``{'neck': 'upper_neck'}``: ``neck`` of ``src`` is ``upper_neck`` of ``dst``.
        partial: Keypoints of ``src`` may be missing in ``dst``; they are dropped.
        what: What has the keypoints of ``src``, for messages.
        substitutes: Other points that stand for one where ``dst`` lacks the keypoint itself, ``{'hip': 'pelvis'}``.

    Attributes:
        src_indices: Indices into ``src`` of the shared keypoints.
        dst_indices: Indices into ``dst`` of the same keypoints, in the same order.

    Raises:
        ValueError: If ``src`` has keypoints that ``dst`` lacks and ``partial`` is off, two of them become one, or no
            keypoint is shared.
    """

    def __init__(
        self,
        src: Skeleton,
        dst: Skeleton,
        aliases: Mapping[str, str] | None = None,
        partial: bool = False,
        what: str = 'a skeleton',
        substitutes: Mapping[str, str] | None = None,
    ) -> None:
        aliases, substitutes = dict(aliases or {}), dict(substitutes or {})
        targets = [aliases.get(name, name) for name in src.names]
        targets = [
            target if target in dst.names else substitutes.get(name, target)
            for name, target in zip(src.names, targets, strict=True)
        ]
        problems = []
        missing = [target for target in targets if target not in dst.names]
        if missing and not partial:
            problems.append(f'keypoints {missing} of {src.name!r} are not in {dst.name!r}, which has {list(dst.names)}')
        twice = sorted({target for target in targets if targets.count(target) > 1})
        if twice:
            problems.append(f'aliases or substitutes make several keypoints of {src.name!r} one: {twice}')
        for kind, given in (('aliases', aliases), ('substitutes', substitutes)):
            if unknown := sorted(set(given) - set(src.names)):
                problems.append(f'{kind} name keypoints {unknown} that {src.name!r} does not have: {list(src.names)}')
        if len(missing) == len(targets):
            problems.append(f'{src.name!r} and {dst.name!r} share no keypoint')
        if problems:
            raise ValueError(f'keypoints of {what} cannot be mapped:\n  - ' + '\n  - '.join(problems))
        pairs = [(i, dst.index(target)) for i, target in enumerate(targets) if target in dst.names]
        self.src, self.dst = src, dst
        self.src_indices = tuple(i for i, _ in pairs)
        self.dst_indices = tuple(j for _, j in pairs)
        self._src, self._dst = np.array(self.src_indices), np.array(self.dst_indices)  # quicker to index by

    def scatter(self, array: np.ndarray, axis: int = 1, fill: float = 0.0) -> np.ndarray:
        """Places ``src`` rows among ``dst`` rows.

        Args:
            array: Array with ``len(src)`` entries along ``axis``.
            axis: The keypoint axis.
            fill: Value of keypoints that ``src`` does not have.

        Returns:
            Array with ``len(dst)`` entries along ``axis``, same dtype.

        Raises:
            ValueError: If the axis has another length.
        """
        if array.shape[axis] != len(self.src):
            raise ValueError(
                f'skeleton {self.src.name!r} has {len(self.src)} keypoints. Got: array of shape {array.shape} with '
                f'{array.shape[axis]} along axis {axis}'
            )
        shape = list(array.shape)
        shape[axis] = len(self.dst)
        out = np.full(shape, fill, dtype=array.dtype)
        before = (slice(None),) * (axis % array.ndim)
        out[(*before, self._dst)] = array[(*before, self._src)]
        return out
