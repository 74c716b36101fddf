"""Replays a stored view of a sample, with what the teachers said of it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from .target_store import TargetStore

_FACTS = ('index', 'view', 'checksum', 'box')


@TRANSFORMS.register_module()
class LoadTeacherTargets(BaseTransform):
    """Puts stored targets into a sample, so that no teacher is run; the first transform of a pipeline.

    View ``v`` of a sample becomes its stored view ``v mod num_views``, and the transforms after this one augment it as
    they did when the teachers saw it. Targets that move go with any view. A store that does not fit the config is
    refused before training begins.

    Required Keys: index, view. Modified Keys: view (but for targets that move). Added Keys: teacher_targets (by teacher
    ``[K, bytes]``, uint8), and of targets that move seen_box (``[1, 3, 2]``).

    Args:
        store: Folder of one stage, such as ``work_dirs/cache/stage1``.
        is_filled: Whether training fills the store, see :class:`unipose.caching.StoreTargetsHook`. What is not in it
            yet is zeros, which no stored target is.
    """

    def __init__(self, store: str, is_filled: bool = False) -> None:
        self.folder, self.is_filled = store, is_filled
        self._looked: int | None = None  # what the folder's time was

    @cached_property
    def store(self) -> TargetStore:
        """The store, which has to be there by the first sample."""
        return TargetStore(self.folder)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Looks up the sample's record."""
        view = results['view'] % self.store.num_views
        if self.is_filled and not self._has(results['index'], view):
            record = np.zeros((), self.store.dtype)
        else:
            record = self.store.read(results['index'], view)
            if (record['index'], record['view']) != (results['index'], view):
                raise ValueError(
                    f'{self.store.folder} is damaged: its record of sample {results["index"]} is of another'
                )
        targets = {name: record[name] for name in self.store.dtype.names if name not in _FACTS}
        results['teacher_targets'] = targets
        if self.store.moves:
            results['seen_box'] = np.array(record['box'])[None]  # the file may be read only
        else:
            results['view'] = view
        return results

    def _has(self, index: int, view: int) -> bool:
        """Whether a record is there; where it was not, and the folder has changed since, that is worth a look."""
        number = self.store.number(index, view)
        if not self.store.has(number) and (changed := self.store.folder.stat().st_mtime_ns) != self._looked:
            self._looked = changed
            self.store.look()
        return bool(self.store.has(number))
