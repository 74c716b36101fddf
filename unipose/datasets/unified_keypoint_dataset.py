"""Several keypoint datasets as one, annotated with the union of their keypoints."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.dataset import Compose
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS, TRANSFORMS
from torch.utils.data import Dataset

from unipose.files import DamagedImageError
from unipose.skeletons import load_skeleton
from unipose.skeletons.loading import SkeletonSpec

from .source import Source

_META_KEYS = ('upper_body_ids', 'lower_body_ids', 'flip_pairs', 'flip_indices', 'dataset_keypoint_weights')
_MAX_DAMAGED = 20


@DATASETS.register_module()
class UnifiedKeypointDataset(Dataset):
    """Named sources joined into one dataset in the union's keypoints.

    In training it is indexed by ``(index, view)``, as :class:`unipose.datasets.ViewSampler` yields them: the two and
    ``seed`` drive every random transform, so the same pair is the same tensor in any worker. In test mode it is
    indexed by plain numbers.

    A damaged image does not end a run, neither in training nor in its validation: the same view of the next sample of
    the same source takes its place, with all that is stored for that one, and says so in ``skipped`` (see
    :class:`unipose.engine.hooks.DamagedImageHook`; :mod:`unipose.evaluation.evaluate` refuses such samples, since a
    score over fewer people would not be comparable). ``drawn`` is the sample whose place it takes, or itself.

    Args:
        sources: Arguments of :class:`unipose.datasets.source.Source` by name, in order; None is no source.
        skeleton: The union; by default that of the sources' skeletons, in order. It must be given where no source has
            keypoints.
        pipeline: Transforms.
        seed: Seed of all random transforms.
        test_mode: The samples are for evaluation.

    Raises:
        ValueError: If there is no source, or a source does not fit.
    """

    source_kind = Source

    def __init__(
        self,
        sources: Mapping[str, Mapping[str, Any] | None],
        pipeline: Sequence[Any] = (),
        skeleton: SkeletonSpec | None = None,
        seed: int = 0,
        test_mode: bool = False,
    ) -> None:
        given = {name: dict(source) for name, source in sources.items() if source is not None}
        if not given:
            raise ValueError('UnifiedKeypointDataset needs at least one source')
        annotated = [source['skeleton'] for source in given.values() if source.get('skeleton') is not None]
        if skeleton is None and not annotated:
            raise ValueError(
                f'none of the sources {list(given)} has keypoints, so the dataset must be told which ones teachers '
                "teach: skeleton='coco+mpii', as in model.skeleton"
            )
        self.skeleton = load_skeleton(annotated if skeleton is None else skeleton)
        self.sources = [
            self.source_kind(name, union=self.skeleton, test_mode=test_mode, **source) for name, source in given.items()
        ]
        self.first_indices = np.cumsum([0] + [len(source) for source in self.sources])
        self.pipeline = _build(pipeline)
        self.seed = seed
        self.test_mode = test_mode
        self._metainfo = parse_pose_metainfo(self.skeleton.to_metainfo())

    def __len__(self) -> int:
        return int(self.first_indices[-1])

    @property
    def metainfo(self) -> dict[str, Any]:
        """MMPose's parsed metainfo of the union; the runner writes it into every checkpoint."""
        return copy.deepcopy(self._metainfo)

    def fingerprint(self) -> dict[str, Any]:
        """What its samples are before the pipeline, in plain values; annotations by digest, not by place."""
        return dict(seed=self.seed, sources={source.name: source.fingerprint() for source in self.sources})

    def get_data_info(self, index: int) -> dict[str, Any]:
        """A sample before the pipeline, in the union's keypoints and 0-based pixels; ``index`` says which it is."""
        source = self._source_of(index)
        sample = self.sources[source][index - self.first_indices[source]]
        sample.update({key: self._metainfo[key] for key in _META_KEYS}, index=int(index))
        return sample

    def __getitem__(self, key: int | tuple[int, int]) -> dict[str, Any]:
        """A sample after the pipeline.

        Args:
            key: ``(index, view)`` in training, an index in test mode.

        Raises:
            TypeError: If training indexes by plain numbers: every epoch would see the same augmentation.
            DamagedImageError: If too many images in a row are damaged.
        """
        if self.test_mode:
            return self._first_whole(int(key), {})
        if isinstance(key, int | np.integer):
            raise TypeError(
                "training samples are indexed by (index, view); use sampler=dict(type='ViewSampler') in the dataloader"
            )
        index, view = key
        return self._first_whole(index, dict(seed=self.seed, view=int(view)))

    def through(self, pipeline: Sequence[Any], key: int | tuple[int, int]) -> dict[str, Any]:
        """A sample after another pipeline, as after :meth:`__getitem__`."""
        other = copy.copy(self)
        other.pipeline = _build(pipeline)
        return other[key]

    def _first_whole(self, index: int, extra: Mapping[str, int]) -> dict[str, Any]:
        """The sample after the pipeline, or the next of its source whose image is whole."""
        source = self._source_of(index)
        first, size = self.first_indices[source], len(self.sources[source])
        damaged: set[str] = set()
        skipped: list[str] = []
        for step in range(size):
            sample = self.get_data_info(int(first + (index - first + step) % size))
            if sample['img_path'] in damaged:  # another person in it
                continue
            try:
                return self.pipeline(dict(sample, drawn=index, skipped=skipped, **extra))
            except DamagedImageError as error:
                damaged.add(sample['img_path'])
                skipped.append(str(error))
                if len(damaged) == _MAX_DAMAGED:
                    break
        raise DamagedImageError(
            f'source {self.sources[source].name!r}: {len(skipped)} images in a row are damaged or missing; is the '
            'image folder complete?\n  - ' + '\n  - '.join(skipped[:5])
        )

    def _source_of(self, index: int) -> int:
        if not 0 <= index < len(self):
            raise IndexError(f'sample {index} of {len(self)}')
        return int(np.searchsorted(self.first_indices, index, side='right')) - 1


def _build(pipeline: Sequence[Any]) -> Compose:
    return Compose([TRANSFORMS.build(step) if isinstance(step, Mapping) else step for step in pipeline])
