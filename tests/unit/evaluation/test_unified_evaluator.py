import copy
import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import EVALUATORS, METRICS

from tests.evaluation_inputs import UNION, sample
from unipose.evaluation import UnifiedEvaluator
from unipose.skeletons import load_skeleton


@METRICS.register_module(force=True)
class RecordingMetric(BaseMetric):
    """Counts people, and remembers what it was shown."""

    def process(self, data_batch: Any, data_samples: list[dict]) -> None:
        self.results.extend(copy.deepcopy(data_samples))

    def compute_metrics(self, results: list) -> dict[str, float]:
        self.shown = results
        first = self.dataset_meta['keypoint_id2name'][0]
        return {'people': len(results), 'row/column': 2.0, f'share/{first}': 3.0}


def recording(skeleton: str = 'coco', **changes: Any) -> dict[str, Any]:
    return dict(type='RecordingMetric', skeleton=skeleton, **changes)


def build(**metrics: Any) -> UnifiedEvaluator:
    return EVALUATORS.build(dict(type='UnifiedEvaluator', skeleton='coco+mpii', metrics=metrics))


def test_each_source_is_scored_in_its_own_keypoints() -> None:
    evaluator = build(coco=recording(), mpii=recording('mpii'))
    evaluator.process([sample('coco', 0), sample('mpii', 0), sample('coco', 1)])
    assert evaluator.evaluate(3) == {
        'coco/people': 2,
        'coco/row/column': 2.0,
        'mpii/people': 1,
        'mpii/row/column': 2.0,
    }
    assert evaluator.num_samples == dict(coco=2, mpii=1)
    assert evaluator.per_keypoint == dict(coco=dict(nose=dict(share=3.0)), mpii=dict(right_ankle=dict(share=3.0)))
    for source, scorers in evaluator.scorers.items():
        skeleton = load_skeleton(source)
        metric = scorers[0].metric
        assert metric.dataset_meta['sigmas'].tolist() == pytest.approx(list(skeleton.sigmas))
        for shown in metric.shown:
            for instances in (shown['gt_instances'], shown['pred_instances']):
                # keypoint i of the union is at x = i + 1
                expected = [UNION.index(name) + 1 for name in skeleton.names]
                assert instances['keypoints'][0, :, 0].tolist() == expected
            assert shown['pred_instances']['keypoint_scores'].shape == (1, len(skeleton))
            assert shown['gt_instances']['bboxes'].shape == (1, 4)
            assert shown['source'] == source


def test_starts_anew_after_each_evaluation() -> None:
    evaluator = build(coco=recording())
    for _ in range(2):
        evaluator.process([sample('coco', 0)])
        assert evaluator.evaluate(1)['coco/people'] == 1


def test_samples_are_left_as_they_are() -> None:
    given = sample('mpii', head_size=10.0)
    before = copy.deepcopy(given).to_dict()
    evaluator = build(mpii=dict(type='MpiiPCKhMetric', skeleton='mpii'))
    evaluator.process([given])
    evaluator.evaluate(1)
    after = given.to_dict()
    assert after.keys() == before.keys()
    for name in ('gt_instances', 'pred_instances'):
        for key, value in before[name].items():
            np.testing.assert_array_equal(after[name][key], value)
            assert after[name][key].dtype == value.dtype


def test_a_repeated_sample_counts_once() -> None:
    evaluator = build(coco=recording())
    evaluator.process([sample('coco', 0), sample('coco', 1), sample('coco', 0)])
    evaluator.process([sample('coco', 0, img_path='b.jpg')])  # another image: another person
    assert evaluator.evaluate(4)['coco/people'] == 3


def test_any_metric_of_mmpose_serves_a_source() -> None:
    evaluator = build(coco=dict(type='PCKAccuracy', skeleton='coco', thr=0.05))
    wrong = sample('coco')
    wrong.pred_instances.keypoints[0, :17, 0] += np.where(np.arange(17) < 4, 50, 0)
    wrong.pred_instances.keypoints[0, 17:] += 1000  # MPII's own, which COCO does not score
    evaluator.process([wrong])
    assert evaluator.evaluate(1) == {'coco/PCK': pytest.approx(13 / 17)}


def test_several_metrics_of_one_source() -> None:
    evaluator = build(coco=[recording(), recording('coco', prefix='again')], mpii=None)
    evaluator.process([sample('coco')])
    assert set(evaluator.evaluate(1)) == {
        'coco/people',
        'coco/row/column',
        'coco/again/people',
        'coco/again/row/column',
    }
    evaluator = build(coco=[recording(), recording()])
    evaluator.process([sample('coco')])
    with pytest.raises(ValueError, match='two metrics .* prefix'):
        evaluator.evaluate(1)


def test_the_skeleton_may_come_from_the_dataset() -> None:
    evaluator = UnifiedEvaluator(metrics=dict(coco=recording()))
    evaluator.dataset_meta = parse_pose_metainfo(load_skeleton('coco').to_metainfo())
    evaluator.process([sample('coco', keypoints=np.ones((17, 2)))])
    assert evaluator.evaluate(1)['coco/people'] == 1


def test_a_keypoint_that_samples_lack() -> None:
    with pytest.raises(ValueError, match="(?s)of the metric of 'mpii' cannot.*'pelvis'"):
        EVALUATORS.build(dict(type='UnifiedEvaluator', skeleton='coco', metrics=dict(mpii=recording('mpii'))))


def test_errors() -> None:
    with pytest.raises(ValueError, match='by source'):
        UnifiedEvaluator(metrics=[recording()])
    with pytest.raises(ValueError, match='at least one source'):
        build(coco=None)
    with pytest.raises(ValueError, match='lacks its skeleton'):
        build(coco=dict(type='RecordingMetric'))
    with pytest.raises(ValueError, match='17 of .coco.*same skeleton'):
        build(coco=recording()).dataset_meta = parse_pose_metainfo(load_skeleton('coco').to_metainfo())
    evaluator = build(coco=recording(), mpii=recording('mpii'))
    with pytest.raises(ValueError, match="source 'aic' came.*metrics.aic"):
        evaluator.process([sample('aic')])
    with pytest.raises(ValueError, match='17 keypoints.*21'):
        evaluator.process([sample('coco', keypoints=np.ones((17, 2)))])
    unpredicted = sample('coco')
    del unpredicted.pred_instances
    with pytest.raises(ValueError, match='need an id and pred_instances'):
        evaluator.process([unpredicted])
    evaluator.process([sample('mpii')])
    with pytest.raises(ValueError, match=r"metrics for \['coco'\].*came from \['mpii'\].*metrics.coco=None"):
        evaluator.evaluate(1)


def _evaluate_share(rank: int, store: str, folder: str, connection: Any) -> None:
    import os

    os.chdir(folder)
    torch.distributed.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    evaluator = build(coco=recording(), mpii=recording('mpii'))
    # five of COCO and two of MPII, dealt out in turn; the sampler made both shares equal by repeating the first one
    shares = [
        [('coco', 0), ('coco', 2), ('coco', 4), ('mpii', 1)],
        [('coco', 1), ('coco', 3), ('mpii', 0), ('coco', 0)],
    ]
    evaluator.process([sample(source, number) for source, number in shares[rank]])
    results = evaluator.evaluate(7)
    shown = [found['id'] for found in evaluator.scorers['coco'][0].metric.shown] if rank == 0 else []
    connection.send((results, evaluator.num_samples, evaluator.per_keypoint, shown))
    torch.distributed.destroy_process_group()


def test_two_ranks(tmp_path: Path) -> None:
    context = multiprocessing.get_context('fork')
    pipes = [context.Pipe(duplex=False) for _ in range(2)]
    processes = [
        context.Process(target=_evaluate_share, args=(rank, str(tmp_path / 'store'), str(tmp_path), pipes[rank][1]))
        for rank in range(2)
    ]
    for process in processes:
        process.start()
    try:
        assert all(receiver.poll(60) for receiver, _ in pipes), 'a rank did not answer'
        answers = [receiver.recv() for receiver, _ in pipes]
    finally:
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.kill()
    assert answers[0][:3] == answers[1][:3]
    results, num_samples, per_keypoint, shown = answers[0]
    assert (results['coco/people'], results['mpii/people']) == (5, 2)
    assert num_samples == dict(coco=5, mpii=2)
    assert per_keypoint['coco']['nose'] == dict(share=3.0)
    assert sorted(shown) == [0, 1, 2, 3, 4]
