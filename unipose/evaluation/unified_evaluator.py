"""One evaluator for many sources: each is scored by its own metrics, in its own keypoints."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dist import all_gather_object, get_rank
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.structures import BaseDataElement
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import EVALUATORS, METRICS

from unipose.skeletons import KeypointMap, Skeleton, load_skeleton
from unipose.skeletons.loading import SkeletonSpec

from .dataset_mean import dataset_mean

_INSTANCES = ('gt_instances', 'pred_instances')
_NOT_FOR_METRICS = ('gt_instance_labels', 'gt_fields', 'pred_fields')


@EVALUATORS.register_module()
class UnifiedEvaluator(Evaluator):
    """Routes each sample to the metrics of its source, with the keypoints of that source's skeleton.

    Results are named ``<source>/<metric>``; with COCO and MPII, :func:`dataset_mean` is one of them. What a metric says
    of one keypoint, ``<measure>/<keypoint>``, is kept in ``per_keypoint`` and not returned, so that training logs stay
    readable. A sample that a distributed sampler repeats counts once, whichever rank it came to.

    Args:
        metrics: One metric config or a list of them by source; None is no metric. Each is the config of any MMPose
            metric plus ``skeleton`` (the keypoints it scores, see :func:`unipose.skeletons.load_skeleton`) and
            optionally ``aliases``, ``substitutes`` and ``partial`` (see :class:`unipose.skeletons.KeypointMap`): with
            the last it scores, and its metainfo has, those of them alone that predictions have.
        skeleton: Skeleton of predictions and ground truth; by default that of the dataset.

    Attributes:
        per_keypoint: ``{source: {keypoint: {measure: value}}}`` of the last evaluation.
        num_samples: Samples by source, of the last evaluation.

    Raises:
        ValueError: If there is no metric, or one has no skeleton.
    """

    def __init__(self, metrics: Mapping[str, Any], skeleton: SkeletonSpec | None = None) -> None:
        if not isinstance(metrics, Mapping):
            raise ValueError(f'metrics are given by source, dict(coco=dict(type=...)). Got: {type(metrics).__name__}')
        self.scorers: dict[str, list[_Scorer]] = {}
        for source, configs in metrics.items():
            if configs is None:
                continue
            configs = configs if isinstance(configs, Sequence) else [configs]
            self.scorers[source] = [_Scorer(source, config) for config in configs]
        if not any(self.scorers.values()):
            raise ValueError('UnifiedEvaluator needs metrics for at least one source')
        super().__init__([scorer.metric for scorers in self.scorers.values() for scorer in scorers])
        self._dataset_meta = None
        self.skeleton: Skeleton | None = None
        self.per_keypoint: dict[str, dict[str, dict[str, float]]] = {}
        self.num_samples: dict[str, int] = {}
        self._seen: dict[str, set[tuple]] = {source: set() for source in self.scorers}
        if skeleton is not None:
            self._set_skeleton(load_skeleton(skeleton))

    @property
    def dataset_meta(self) -> dict | None:
        """Metainfo of the dataset; the metrics have that of their own skeletons."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        self._dataset_meta = dataset_meta
        skeleton = Skeleton.from_metainfo(dataset_meta)
        if self.skeleton is not None and self.skeleton.names != skeleton.names:
            raise ValueError(
                f'the evaluator expects the {len(self.skeleton)} keypoints of {self.skeleton.name!r}, the dataset has '
                f'the {len(skeleton)} of {skeleton.name!r}; give both the same skeleton'
            )
        self._set_skeleton(skeleton)

    @property
    def scored(self) -> dict[str, str]:
        """By source with a partial metric, which keypoints it scores, and by what."""
        return {
            source: '; '.join(scorer.scored for scorer in scorers if scorer.partial)
            for source, scorers in self.scorers.items()
            if any(scorer.partial for scorer in scorers)
        }

    def process(self, data_samples: Sequence[BaseDataElement | dict], data_batch: Any = None) -> None:
        """Hands each sample to its source's metrics.

        Args:
            data_samples: Samples with metainfo ``source``, ``id`` and ``img_path``, ``gt_instances`` and
                ``pred_instances``, keypoints ``[1, K, 2]`` in 0-based image pixels. They are left as they are.
            data_batch: Not used.

        Raises:
            ValueError: If a source has no metrics, or a sample does not have the keypoints expected.
        """
        for data_sample in data_samples:
            sample = data_sample.to_dict() if isinstance(data_sample, BaseDataElement) else data_sample
            source, key = self._identify(sample)
            if key in self._seen[source]:
                continue
            for scorer in self.scorers[source]:
                scorer.process(key, self._project(sample, scorer.indices))
            self._seen[source].add(key)

    def evaluate(self, size: int) -> dict[str, float]:
        """Computes all metrics over what came to all ranks, and starts anew.

        Args:
            size: Not used: samples are counted here, by source.

        Raises:
            ValueError: If metrics are given for a source that no sample came from.
        """
        seen_by_rank = all_gather_object(self._seen)
        self.num_samples = {source: len(set().union(*(seen[source] for seen in seen_by_rank))) for source in self._seen}
        self._seen = {source: set() for source in self.scorers}
        absent = [source for source, count in self.num_samples.items() if not count]
        if absent:
            came = [source for source, count in self.num_samples.items() if count]
            raise ValueError(
                f'there are metrics for {absent}, but no sample of it; samples came from {came}. Name metrics after '
                f"the dataset's sources, or take them out: val_evaluator.metrics.{absent[0]}=None"
            )
        results: dict[str, float] = {}
        self.per_keypoint = {}
        for source, scorers in self.scorers.items():
            for scorer in scorers:
                for name, value in scorer.evaluate([seen[source] for seen in seen_by_rank]).items():
                    measure, _, keypoint = name.removeprefix(f'{source}/').rpartition('/')
                    if measure and keypoint in scorer.skeleton.names:
                        table = self.per_keypoint.setdefault(source, {}).setdefault(keypoint, {})
                        table[measure] = value
                    elif name in results:
                        raise ValueError(f"two metrics of {source!r} are named {name!r}; give one a prefix='...'")
                    else:
                        results[name] = value
        return results | dataset_mean(results)

    def _set_skeleton(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        for scorers in self.scorers.values():
            for scorer in scorers:
                scorer.read_from(skeleton)

    def _identify(self, sample: Mapping[str, Any]) -> tuple[str, tuple]:
        source = sample.get('source')
        if source not in self.scorers:
            raise ValueError(
                f'a sample of source {source!r} came, but there are metrics only for {list(self.scorers)}; add '
                f"metrics.{source} to the evaluator, or take the source out of the evaluator's dataset"
            )
        if 'id' not in sample or 'pred_instances' not in sample:
            raise ValueError(
                f'samples to score need an id and pred_instances; this one of {source!r} has {sorted(sample)}. '
                'Pack them with PackUnifiedInputs and let a model predict on them'
            )
        return source, (sample['id'], sample.get('img_path'))

    def _project(self, sample: Mapping[str, Any], indices: Sequence[int]) -> dict[str, Any]:
        projected = {key: value for key, value in sample.items() if key not in (*_INSTANCES, *_NOT_FOR_METRICS)}
        for name in _INSTANCES:
            instances = sample.get(name, {})
            if 'keypoints' in instances and instances['keypoints'].shape[1] != len(self.skeleton):
                raise ValueError(
                    f'{name} of a sample of {sample["source"]!r} have {instances["keypoints"].shape[1]} keypoints, '
                    f'expected are the {len(self.skeleton)} of {self.skeleton.name!r}; give model, dataset and '
                    'evaluator the same skeleton'
                )
            projected[name] = {
                # everything per keypoint is [instances, K, ...]; fancy indexing copies
                key: value[:, indices] if key.startswith('keypoint') else copy.deepcopy(value)
                for key, value in instances.items()
            }
        return projected


class _Scorer:
    """A metric, the keypoints it scores, and its results by sample."""

    def __init__(self, source: str, config: Mapping[str, Any]) -> None:
        config, self.what = dict(config), f'the metric of {source!r}'
        if 'skeleton' not in config:
            raise ValueError(f"a metric of {source!r} lacks its skeleton: dict(type='...', skeleton='coco', ...)")
        self.skeleton = self.whole = load_skeleton(config.pop('skeleton'))
        self.partial = config.pop('partial', False)
        self.mapped = {key: config.pop(key, None) for key in ('aliases', 'substitutes')}
        self.scored = ''
        prefix = config.pop('prefix', None)
        self.metric: BaseMetric = METRICS.build(dict(config, prefix=f'{source}/{prefix}' if prefix else source))
        if not self.partial:
            self._set_metainfo()
        self.indices: list[int] = []
        self.results: dict[tuple, list] = {}

    def read_from(self, skeleton: Skeleton) -> None:
        """Says which skeleton the samples are in."""
        found = KeypointMap(self.whole, skeleton, partial=self.partial, what=self.what, **self.mapped)
        self.indices = list(found.dst_indices)
        if self.partial:
            self.skeleton = self.whole.select([self.whole.names[index] for index in found.src_indices])
            self.scored = _described(self.whole, self.skeleton, [skeleton.names[index] for index in self.indices])
            self._set_metainfo()

    def _set_metainfo(self) -> None:
        parsed = parse_pose_metainfo(self.skeleton.to_metainfo())
        self.metric.dataset_meta = dict(parsed, published=list(self.skeleton.published))

    def process(self, key: tuple, sample: dict[str, Any]) -> None:
        """Scores one sample."""
        self.metric.process(None, [sample])
        self.results[key] = list(self.metric.results)
        self.metric.results.clear()

    def evaluate(self, seen_by_rank: Sequence[set[tuple]]) -> dict[str, float]:
        """Computes the metric over all ranks, each sample taken from the first rank that saw it."""
        owner = {key: rank for rank in reversed(range(len(seen_by_rank))) for key in seen_by_rank[rank]}
        rank = get_rank()
        self.metric.results.extend(
            result for key, results in self.results.items() if owner[key] == rank for result in results
        )
        self.results = {}
        return self.metric.evaluate(sum(all_gather_object(len(self.metric.results))))


def _described(whole: Skeleton, scored: Skeleton, predicted: Sequence[str]) -> str:
    others = [f'{name} by {other}' for name, other in zip(scored.names, predicted, strict=True) if name != other]
    left_out = [name for name in whole.names if name not in scored.names]
    return (
        f'{len(scored)} of the {len(whole)} keypoints of {whole.name}'
        + (f', {", ".join(others)}' if others else '')
        + (f'; not {", ".join(left_out)}' if left_out else '')
    )
