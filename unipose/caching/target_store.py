"""Targets of teachers on disk: a record of fixed size for each augmented view of each sample."""

from __future__ import annotations

import math
import shutil
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from unipose.files import write_file
from unipose.files.shard_store import ShardStore
from unipose.simcc.compact import compact_bytes, compact_weights


class TargetStore(ShardStore):
    """Compact targets of the views of one stage of training.

    A record has the ``index`` and ``view`` that (with the dataset's seed) drive a sample's augmentation, a ``checksum``
    of the canvas that the teachers saw (0 where its picture could not be read), and for each teacher ``[K, bytes]``,
    uint8, of :func:`unipose.simcc.compact.compress` for the keypoints that it knows. Records lie in the order of views
    and then of samples.

    Targets that move are of each sample as it is, one view without augmentation, and are carried along with whatever
    augmentation it gets in training. A record of them has a ``box`` as well, ``[3, 2]``: the person's in the view that
    the teachers saw, see :class:`unipose.simcc.Persons`.

    Where a teacher has said nothing that can be stored, a record has weight 0, and ``gaps-00012.txt`` beside the shard
    of that number says why.

    The manifest has, beside the fingerprint, ``keypoints`` (by teacher, how many it knows), ``num_samples``,
    ``num_views`` (of each sample), ``leaves`` (see ``compress``), ``shard_size`` (records per file) and, of targets
    that move, ``moves``.

    The fingerprint's ``code_versions`` are those of the code that makes targets: ``targets_version`` of its classes,
    raised with what they compute, which ``tests/unit/test_targets_versions.py`` sees to. Stores that say nothing of
    them are of the first versions, and those that do not name their ``preprocessor`` are taken for the config's.
    """

    what = 'teacher targets'
    tool = 'unipose cache'
    format = 1
    shards_name = 'targets'

    def __init__(self, folder: str | Path) -> None:
        super().__init__(folder)
        self.num_samples: int = self.manifest['num_samples']
        self.num_views: int = self.manifest['num_views']
        self.shard_size: int = self.manifest['shard_size']
        self.leaves: int = self.manifest['leaves']
        self.moves: bool = self.manifest.get('moves', False)
        self.dtype = _record_dtype(self.manifest['keypoints'], self.leaves, self.moves)
        self.look()

    @property
    def num_bytes(self) -> int:
        """Of all its records."""
        return len(self) * self.dtype.itemsize

    def missing_bytes(self) -> int:
        """Of the records that are not written yet."""
        return sum(len(self.numbers(shard)) for shard in self.missing()) * self.dtype.itemsize

    def check_room(self, needed: int) -> None:
        """Makes sure that so many bytes find room beside it.

        Raises:
            OSError: If less is free.
        """
        free = shutil.disk_usage(self.folder).free
        if needed > free:
            raise OSError(
                f'targets will take {needed / 1e9:.1f} GB more in {self.folder.parent}, and {free / 1e9:.1f} GB are '
                'free there: free space, name another folder, or store fewer views'
            )

    @classmethod
    def completed(cls, stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        """A fingerprint with the versions and the preprocessor that older stores do not name."""
        versions = dict.fromkeys(wanted.get('code_versions', ()), 1) | stored.get('code_versions', {})
        older = dict(preprocessor=wanted.get('preprocessor')) | stored | dict(code_versions=versions)
        return {key: value for key, value in older.items() if key in stored or key in wanted}

    def __len__(self) -> int:
        """Records of the whole store."""
        return self.num_samples * self.num_views

    @property
    def num_shards(self) -> int:
        """Files of the whole store."""
        return math.ceil(len(self) / self.shard_size)

    def numbers(self, shard: int) -> range:
        """Which records of the whole store a shard holds."""
        return range(shard * self.shard_size, min((shard + 1) * self.shard_size, len(self)))

    def number(self, index: Any, view: Any) -> Any:
        """Which record of the whole store is that of a view of a sample, or of several."""
        return view * self.num_samples + index

    def pairs(self, shard: int) -> list[tuple[int, int]]:
        """The ``(index, view)`` of a shard's records, in order."""
        return [(number % self.num_samples, number // self.num_samples) for number in self.numbers(shard)]

    def read(self, index: int, view: int) -> np.void:
        """A record.

        Args:
            index: The sample.
            view: Its view, below ``num_views``.
        """
        shard, place = divmod(self.number(index, view), self.shard_size)
        return self.shards.open(shard)[place]

    def look(self) -> None:
        """Notes which files are written by now, of which :meth:`has` knows."""
        self._is_written = np.isin(np.arange(self.num_shards), list(self.shards.numbers()))

    def has(self, numbers: Any) -> Any:
        """Whether a record of the whole store, or which of several, was written at the last :meth:`look`."""
        return self._is_written[numbers // self.shard_size]

    def write(self, shard: int, records: np.ndarray, gaps: Sequence[str] = ()) -> None:
        """Writes a shard, in the place of an older one.

        Args:
            shard: Its number.
            records: Its records.
            gaps: What they lack, a line each.

        Raises:
            ValueError: If something in the records is no finite number, which a student would learn from.
            OSError: If they cannot be written.
        """
        for name in records.dtype.names[3:]:  # after index, view and checksum
            values = records[name] if name == 'box' else compact_weights(records[name])
            strange = ~np.isfinite(values).reshape(len(records), -1).all(1)
            if strange.any():
                record = records[strange.argmax()]
                raise ValueError(
                    f'{name} of sample {record["index"]}, view {record["view"]} is no finite number, and would be '
                    f'learnt from; {self.folder} takes such a record with weight 0'
                )
        note = self._note(f'{shard:05d}')
        if gaps:  # before the records, so that these are never there without
            write_file(note, ''.join(f'{gap}\n' for gap in gaps).encode())
        self.shards.write(shard, records)
        if not gaps:
            note.unlink(missing_ok=True)

    def gaps(self) -> list[str]:
        """What the records that are written lack, a line each."""
        notes = sorted(self.folder.glob(self._note('*').name))
        return [line for note in notes for line in note.read_text(encoding='utf-8').splitlines()]

    def _note(self, shard: str) -> Path:
        return self.folder / f'gaps-{shard}.txt'


def canvas_checksum(canvas: Tensor) -> int:
    """CRC-32 of a canvas as the pipeline packs it, ``[3, Hc, Wc]``, uint8."""
    return zlib.crc32(np.ascontiguousarray(canvas.permute(1, 2, 0).numpy()))


def _record_dtype(keypoints: Mapping[str, int], leaves: int, moves: bool) -> np.dtype:
    numbers = [(name, '<u4') for name in ('index', 'view', 'checksum')] + [('box', '<f4', (3, 2))] * moves
    return np.dtype([*numbers, *((name, 'u1', (count, compact_bytes(leaves))) for name, count in keypoints.items())])
