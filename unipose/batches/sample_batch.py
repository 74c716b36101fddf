"""A batch's samples with their tensors stacked, and what is asked of samples in whatever form they come."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import torch
from mmengine.structures import BaseDataElement, InstanceData, PixelData
from torch import Tensor
from torch.utils.data import default_collate
from typing_extensions import Self

_Element = TypeVar('_Element', bound=BaseDataElement)


class SampleBatch(BaseDataElement):
    """Samples of a batch whose tensors are stacked; indexed or iterated it gives the samples, with views of them.

    Every tensor that a loader's worker hands over is an open file and costs the main process time, so a batch has a
    handful of them in place of several for each sample. As a data element of MMEngine it is taken wherever a list of
    samples is: data preprocessors move it to their device in one go, and models, metrics and hooks read the samples.

    Its fields are those of the samples' data elements that hold tensors (``gt_instance_labels``, ``gt_fields``), each
    tensor with one more dimension in front; its metainfo is what all samples have alike.
    """

    def __init__(self) -> None:
        super().__init__()
        # past MMEngine, to which every other attribute is a field
        self.__dict__.update(_bare=[], _kinds={}, _whole=None)

    @classmethod
    def of(cls, samples: Sequence[Any]) -> Self | Sequence[Any]:
        """Stacks what samples hold; samples whose tensors differ in names or shapes come back as they are."""
        of_samples = [_tensors(sample) for sample in samples]
        kinds = [_kinds(tensors) for tensors in of_samples]
        if None in of_samples or any(kind != kinds[0] for kind in kinds):
            return samples
        stacked: dict[str, dict[str, Tensor]] = {}
        for name, key in of_samples[0]:
            stacked.setdefault(name, {})[key] = default_collate([tensors[name, key] for tensors in of_samples])
        bare = [_copied(sample) for sample in samples]
        for sample, name in itertools.product(bare, stacked):
            delattr(sample, name)
        batch = cls()
        batch.set_data({name: BaseDataElement(**tensors) for name, tensors in stacked.items()})
        batch.__dict__.update(_bare=bare, _kinds={name: type(samples[0].get(name)) for name in stacked})
        return batch

    def __len__(self) -> int:
        return len(self._bare)

    def __iter__(self) -> Iterator[BaseDataElement]:
        return iter(self._samples())

    def __getitem__(self, index: int | slice) -> BaseDataElement | list[BaseDataElement]:
        return self._samples()[index]

    def labels(self, key: str) -> Tensor | None:
        """See :func:`labels_of`."""
        found = self.get('gt_instance_labels', {})
        return found.get(key).flatten(0, 1) if key in found else None

    def each(self, key: str) -> list[Any]:
        """See :func:`metainfo_of`."""
        return [sample.get(key) for sample in self._whole or self._bare]

    def set_metainfo(self, metainfo: dict[str, Any]) -> None:
        """Sets metainfo of all samples."""
        super().set_metainfo(metainfo)
        for sample in self._whole or ():
            sample.set_metainfo(metainfo)

    def new(self, *, metainfo: dict[str, Any] | None = None, **kwargs: Any) -> Self:
        """The same samples with other tensors, or the same: what ``to`` and its like are made of."""
        other = super().new(metainfo=metainfo, **kwargs)
        other.__dict__.update(_bare=self._bare, _kinds=self._kinds)
        return other

    def pin_memory(self) -> Self:
        """The same batch in memory from which a GPU reads while others go on; a loader calls it."""
        pinned = {
            name: BaseDataElement(**{key: tensor.pin_memory() for key, tensor in element.items()})
            for name, element in self.items()
        }
        return self.new(**pinned) if pinned else self

    def _samples(self) -> list[BaseDataElement]:
        if self._whole is None:
            whole = [_copied(sample) for sample in self._bare]
            for name, element in self.items():
                rows = {key: tensor.unbind() for key, tensor in element.items()}
                for index, sample in enumerate(whole):
                    own = self._kinds[name]()
                    for key, tensors in rows.items():
                        own.set_field(tensors[index], key)
                    setattr(sample, name, own)
            if metainfo := self.metainfo:
                for sample in whole:
                    sample.set_metainfo(metainfo)
            self.__dict__['_whole'] = whole
        return self._whole


Samples = SampleBatch | Sequence[Any]
"""What models, metrics and hooks are given: a batch that a loader has stacked, or a list of samples."""


def labels_of(samples: Samples, key: str) -> Tensor | None:
    """A label of all instances of a batch in one tensor.

    Args:
        samples: The batch, or a list of its samples.
        key: The label's name in ``gt_instance_labels``.

    Returns:
        ``[N, ...]``, one after the other; None where samples have no such label.
    """
    if isinstance(samples, SampleBatch):
        return samples.labels(key)
    labels = [sample.get('gt_instance_labels', {}) for sample in samples]
    return torch.cat([of_sample.get(key) for of_sample in labels]) if labels and key in labels[0] else None


def put_labels(samples: Samples, key: str, rows: Sequence[int], values: Tensor) -> None:
    """Puts a label of some samples of one instance each into a batch, in the place of what they have there.

    Args:
        samples: The batch, or a list of its samples.
        key: The label's name in ``gt_instance_labels``.
        rows: Which samples.
        values: ``[n, ...]``, of the label's type and shape.
    """
    if isinstance(samples, SampleBatch):
        samples.get('gt_instance_labels').get(key)[rows, 0] = values
        return
    for row, value in zip(rows, values):
        samples[row].gt_instance_labels.get(key)[0] = value


def metainfo_of(samples: Samples, key: str) -> list[Any]:
    """A metainfo of each sample of a batch; None where a sample has none.

    Args:
        samples: The batch, or a list of its samples.
        key: The metainfo's name.
    """
    return samples.each(key) if isinstance(samples, SampleBatch) else [sample.get(key) for sample in samples]


def filled(element: _Element, data: Mapping[str, Any], metainfo: Mapping[str, Any] | None = None) -> _Element:
    """A new data element with its fields and metainfo, without MMEngine's checks and deep copies.

    Args:
        element: The element, without fields.
        data: Its fields, none of which is a property of its class.
        metainfo: Its metainfo, which is shared and not to be changed in place.
    """
    metainfo = metainfo or {}
    element.__dict__.update(data)
    element.__dict__.update(metainfo)
    element._data_fields.update(data)
    element._metainfo_fields.update(metainfo)
    return element


def _tensors(sample: Any) -> dict[tuple[str, str], Tensor] | None:
    """A sample's tensors by element and name; None where it holds what a batch cannot."""
    if not isinstance(sample, BaseDataElement):
        return None
    found = {}
    for name, element in sample.items():
        if not isinstance(element, InstanceData | PixelData):
            return None
        values = dict(element.items())
        tensors = {(name, key): value for key, value in values.items() if isinstance(value, Tensor)}
        if tensors and len(tensors) < len(values):
            return None
        found |= tensors
    return found


def _kinds(tensors: Mapping[Any, Tensor] | None) -> dict[Any, tuple]:
    return {key: (tensor.dtype, tensor.shape) for key, tensor in (tensors or {}).items()}


def _copied(element: BaseDataElement) -> BaseDataElement:
    """A copy that gains and loses fields by itself; MMEngine's own copies what is in them too."""
    copied = copy.copy(element)
    copied.__dict__.update({key: set(element.__dict__[key]) for key in ('_metainfo_fields', '_data_fields')})
    return copied
