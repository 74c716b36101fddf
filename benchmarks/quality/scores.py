"""The benchmark's columns, computed from what is kept of each person, for all people or for resamples of them."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

Facts = dict[str, dict[str, str]]
"""Packed arrays by source and name, see :func:`benchmarks.quality.facts.person_facts`."""

COLUMNS = {
    'coco': ('coco_ap', 'coco_ap75', 'coco_ap_fixed'),
    'mpii': ('mpii_pckh', 'mpii_pckh01'),
    'lsp': ('lsp_pck', 'lsp_pckh'),
}
"""By the source that they are computed from."""

# of a share: the arrays of people's joints that are right, and that count
_SHARES = {
    'mpii': dict(mpii_pckh=('right', 'joints'), mpii_pckh01=('right01', 'joints')),
    'lsp': dict(lsp_pck=('right', 'joints'), lsp_pckh=('right_of_head', 'joints_of_head')),
}
_THRESHOLDS = 10  # of OKS: 0.5, 0.55, ..., 0.95
_OKS_75 = 5
_RECALL_LEVELS = np.linspace(0.0, 1.0, 101)


def pack(array: np.ndarray | Sequence[int]) -> str:
    """Integers as a short text.

    >>> unpack(pack([3, 1, 2])).tolist()
    [3, 1, 2]
    """
    return base64.b64encode(zlib.compress(np.asarray(array, dtype='<i4').tobytes(), 9)).decode()


def unpack(text: str) -> np.ndarray:
    """The integers in a text that :func:`pack` made."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype='<i4')


class PersonScores:
    """An evaluation's columns, for its people as they are or with each image counted several times.

    ``coco_ap`` and ``coco_ap75`` are COCO's, in [0, 1]; ``mpii_pckh`` and ``mpii_pckh01`` are the means of PCKh@0.5 and
    PCKh@0.1, ``lsp_pck`` and ``lsp_pckh`` LSP's PCK@0.2 and PCKh@0.5, in percent.

    ``coco_ap_fixed`` is AP where all people score the same: what is left of AP when a model's order of its predictions,
    from sure to unsure, is not rewarded. All detections are then one step, at which precision is the share of them
    that is right, and recall the share of people found; AP at one OKS threshold is that precision times the share of
    recall levels reached. COCOeval itself takes people with the same score one by one in the order of images, so that
    its number depends on the numbering of images; this one is the lowest that any order gives. Which detection
    matches whom, and which are suppressed as duplicates, is as COCOeval and MMPose decide it among equal scores.

    Args:
        facts: What :func:`benchmarks.quality.facts.person_facts` returned.

    Attributes:
        images: Ids of the annotated images by source, which weights are in the order of.
        column_names: Names of the columns, of the sources that there are facts of.

    Source:
        ``COCOeval.accumulate`` of pycocotools for precision, recall and how they are read.
    """

    def __init__(self, facts: Facts) -> None:
        self._arrays = {source: {name: unpack(text) for name, text in facts[source].items()} for source in facts}
        self.images = {source: arrays['images'] for source, arrays in self._arrays.items()}
        self.column_names = tuple(name for source in self._arrays for name in COLUMNS[source])

    def columns(self) -> dict[str, float]:
        """Each column's value, of all people."""
        weights = {source: np.ones((1, len(images)), dtype=int) for source, images in self.images.items()}
        return {name: float(values[0]) for name, values in self.weighted_columns(weights).items()}

    def weighted_columns(self, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Each column's values, of people counted as often as their images are.

        Args:
            weights: By source ``[R, I]``, how often each image counts in each of R resamples, whole numbers.

        Returns:
            By column ``[R]``; NaN where nobody is annotated.

        Raises:
            ValueError: If weights are not those of this evaluation's images.
        """
        for source, images in self.images.items():
            shape = np.shape(weights.get(source))
            if len(shape) != 2 or shape[1] != len(images):
                raise ValueError(f'weights of {source!r} must be [R, {len(images)}], one for each image. Got: {shape}')
        values: dict[str, np.ndarray] = {}
        if 'coco' in self.images:
            values |= self._coco_columns(np.asarray(weights['coco']))
        for source in _SHARES.keys() & self.images.keys():
            values |= self._shares(source, np.asarray(weights[source]))
        return values

    def average_precision(self, weights: np.ndarray) -> np.ndarray:
        """COCO's AP at each OKS threshold.

        Args:
            weights: ``[R, I]``, as :meth:`weighted_columns` takes them of ``coco``.

        Returns:
            ``[R, 10]``, at OKS 0.5, 0.55, ..., 0.95.
        """
        total = weights @ self._arrays['coco']['annotated']  # [R]
        image, hits, misses = self._in_order
        weights = np.asarray(weights, dtype=float)
        return np.stack([_average_precision(hits, misses, one[image], n) for one, n in zip(weights, total)])

    def _coco_columns(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        ap = self.average_precision(weights)
        return dict(
            coco_ap=ap.mean(axis=1), coco_ap75=ap[:, _OKS_75], coco_ap_fixed=self._fixed_score(weights).mean(axis=1)
        )

    def _fixed_score(self, weights: np.ndarray) -> np.ndarray:
        arrays = self._arrays['coco']
        total = weights @ arrays['annotated']  # [R]
        weights = weights[:, arrays['image']].astype(float)  # [R, P]
        hits = weights @ _from_bits(arrays['fixed_hits']).T  # [R, 10]
        misses = weights @ _from_bits(arrays['fixed_misses']).T
        precision = hits / np.maximum(hits + misses, 1)
        with np.errstate(divide='ignore', invalid='ignore'):
            recall = hits / total[:, None]
        levels = np.searchsorted(_RECALL_LEVELS, recall, side='right')
        return np.where(total[:, None] > 0, precision * levels / len(_RECALL_LEVELS), np.nan)

    def _shares(self, source: str, weights: np.ndarray) -> dict[str, np.ndarray]:
        arrays = self._arrays[source]

        def total(name: str) -> np.ndarray:  # [R]
            return weights @ np.bincount(arrays['image'], arrays[name], minlength=weights.shape[1])

        with np.errstate(invalid='ignore'):
            return {column: 100.0 * total(right) / total(of) for column, (right, of) in _SHARES[source].items()}

    @cached_property
    def _in_order(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Image ``[P]``, hits and misses ``[10, P]`` by descending score: the order does not change with weights."""
        arrays = self._arrays['coco']
        order = np.argsort(arrays['rank'], kind='stable')
        hits, misses = (_from_bits(arrays[name][order]) for name in ('hits', 'misses'))
        return arrays['image'][order], hits, misses


def _average_precision(hits: np.ndarray, misses: np.ndarray, weights: np.ndarray, total: int) -> np.ndarray:
    """COCO's AP at each threshold, ``[10]``, of hits and misses ``[10, P]`` by descending score, weights ``[P]``."""
    if not total:
        return np.full(_THRESHOLDS, np.nan)
    right = np.cumsum(hits * weights, axis=1)  # [10, P]
    wrong = np.cumsum(misses * weights, axis=1)
    precision = right / np.maximum(right + wrong, 1)
    recall = right / total
    result = np.empty(_THRESHOLDS)
    for i in range(_THRESHOLDS):
        starts = np.searchsorted(recall[i], _RECALL_LEVELS)  # where each level is reached
        best = np.maximum.reduceat(precision[i], starts[starts < recall.shape[1]])  # until the next level
        # precision at a level is the best that is had there or at a higher one
        result[i] = np.maximum.accumulate(best[::-1]).sum() / len(_RECALL_LEVELS)
    return result


def _from_bits(numbers: np.ndarray) -> np.ndarray:
    """Bits ``[10, P]`` as 0.0 and 1.0, of numbers ``[P]``."""
    return (numbers >> np.arange(_THRESHOLDS)[:, None] & 1).astype(float)
