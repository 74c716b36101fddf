import itertools

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmpose.registry import MODELS

from tests.builders import canvases, model_config, samples
from unipose.distillers.combination import check_combination, fuse, keep_teachers, speaks
from unipose.distillers.schedules import _SCHEDULES
from unipose.simcc import SimCCTarget


def target(x: list[list[float]], weight: list[float]) -> SimCCTarget:
    rows = torch.tensor(x)[None]
    return SimCCTarget(rows, rows, torch.tensor([weight]))


def test_fused_rows_are_mixed_by_weight_and_confidence() -> None:
    sure = target([[1.0, 0.0], [1.0, 0.0], [0.5, 0.5]], [0.9, 0.6, 0.0])
    unsure = target([[0.0, 1.0], [0.5, 0.5], [0.5, 0.5]], [0.3, 0.0, 0.0])
    fused = fuse([sure, unsure], [1.0, 2.0])
    # keypoint 0: votes 0.9 and 2 x 0.3; its weight is their sum over the weights' 3
    assert torch.allclose(fused.x[0, 0], torch.tensor([0.6, 0.4]))
    assert fused.weight[0].tolist() == pytest.approx([0.5, 0.2, 0.0])
    assert torch.allclose(fused.x[0, 1], torch.tensor([1.0, 0.0]))  # one teacher knows it: its rows
    assert torch.allclose(fused.x.sum(-1), torch.ones(1, 3))


def test_fusing_one_target_with_itself_changes_nothing() -> None:
    one = target([[0.2, 0.8], [0.7, 0.3]], [0.4, 1.0])
    fused = fuse([one, one], [0.3, 0.7])
    assert torch.allclose(fused.x, one.x) and torch.allclose(fused.weight, one.weight)


def test_the_worst_fitted_teacher_is_always_kept() -> None:
    losses = dict(a=torch.tensor([1.0, 3.0, 2.0, 0.0]), b=torch.tensor([2.0, 1.0, 1.0, 0.0]))
    kept = keep_teachers(losses, 1.0, torch.Generator())
    assert kept['a'].tolist() == [0, 1, 1, 1] and kept['b'].tolist() == [1, 0, 0, 0]
    kept = keep_teachers(losses, 0.0, torch.Generator())
    assert kept['a'].tolist() == kept['b'].tolist() == [1, 1, 1, 1]


def test_the_others_are_dropped_with_the_probability_asked_for() -> None:
    losses = dict(a=torch.ones(20000), b=torch.zeros(20000))
    kept = keep_teachers(losses, 0.3, torch.Generator().manual_seed(0))
    assert kept['a'].mean() == 1 and kept['b'].mean().item() == pytest.approx(0.7, abs=0.01)


def test_by_source_a_datasets_own_teacher_has_the_word() -> None:
    known = dict(a=[0, 1, 2], b=[1, 2, 3])
    sources = ['a', 'b', 'web']
    assert speaks('a', sources, known, 4).tolist() == [[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 1, 1]]
    assert speaks('b', sources, known, 4).tolist() == [[0, 0, 0, 1], [1, 1, 1, 1], [1, 1, 1, 1]]


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('mixed', 0.0, []), "combine must be one of .*'separate', 'by_source', 'fused'.*Got: 'mixed'"),
        (('fused', 0.0, [(0, 1), (2, 3)]), 'keypoints that several teachers know'),
        (('fused', 0.5, [(0,), (0,)]), 'needs a term of each teacher'),
        (('separate', 0.5, [(0,)]), 'at least two teachers'),
        (('separate', 1.5, [(0,), (0,)]), 'a probability, 0 to 1. Got: 1.5'),
        (('separate', 'often', [(0,), (0,)]), "a probability. Got: 'often'"),
        (('separate', float('nan'), [(0,), (0,)]), 'a probability'),
    ],
)
def test_wrong_combinations_are_named(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_combination(*arguments)


def losses_of(entries: dict, **options) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    model = MODELS.build(model_config('coco+mpii', 21, teachers=entries, **options)).eval()
    return model.loss(canvases(2), samples(2, sources=('coco', 'mpii')))


def test_by_source_leaves_out_what_another_dataset_says_of_the_same_joint(entries: dict) -> None:
    separate, by_source = losses_of(entries), losses_of(entries, combine='by_source')
    assert torch.equal(separate['loss_gt'], by_source['loss_gt'])
    # of two samples, COCO's teacher keeps its 17 keypoints on one and 5 on the other, MPII's 16 and 4
    assert by_source['weight_kd_coco'] < separate['weight_kd_coco']
    assert by_source['raw_kd_mpii'] != separate['raw_kd_mpii']


def test_dropping_all_but_the_worst_fitted_teacher_leaves_one_term_per_sample(entries: dict) -> None:
    every, one = losses_of(entries), losses_of(entries, teacher_dropping=1.0)
    for name in entries:
        assert one[f'loss_kd_{name}'] <= every[f'loss_kd_{name}']
    assert sum(one[f'loss_kd_{name}'] for name in entries) < sum(every[f'loss_kd_{name}'] for name in entries)


def test_a_fused_term_weighs_what_its_teachers_weigh(entries: dict) -> None:
    for schedule in ('constant', 'cosine'):
        teachers = {name: dict(entry, schedule=schedule, weight=0.5) for name, entry in entries.items()}
        fused = losses_of(teachers, combine='fused')
        assert torch.allclose(fused['loss_kd_fused'], fused['raw_kd_fused'])  # 0.5 + 0.5


def test_one_teacher_is_fused_with_nobody(entries: dict) -> None:
    alone = dict(entries, mpii=None)
    fused, separate = (losses_of(alone, combine=combine, canvas_size=(128, 128)) for combine in ('fused', 'separate'))
    assert torch.allclose(fused['loss_kd_fused'], separate['loss_kd_coco'])


SCHEDULES = dict(constant={}, linear={}, cosine={}, stop=dict(at_epoch=5))
DIALECTS = dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii'))
COMBINED = [
    pair for pair in itertools.product(('separate', 'by_source', 'fused'), (0.0, 0.5)) if pair != ('fused', 0.5)
]  # the pair that is refused


def test_every_schedule_is_tried() -> None:
    assert set(SCHEDULES) == set(_SCHEDULES)


# every schedule is 1 in the first epoch: each is tried with many of the other options, not with all
EVERY = [
    (*options, tuple(SCHEDULES)[(number + number // len(SCHEDULES)) % len(SCHEDULES)])
    for number, options in enumerate(itertools.product(COMBINED, (True, False), (0.0, 0.1), (None, DIALECTS)))
]


@pytest.mark.parametrize(('combined', 'confidence', 'feature_weight', 'dialects', 'schedule'), EVERY)
def test_every_combination_of_options_trains_a_step(
    entries: dict,
    combined: tuple[str, float],
    confidence: bool,
    feature_weight: float,
    dialects: dict | None,
    schedule: str,
) -> None:
    combine, teacher_dropping = combined
    options = dict(
        schedule=dict(SCHEDULES[schedule], type=schedule), confidence=confidence, feature_weight=feature_weight
    )
    torch.manual_seed(0)
    model = MODELS.build(
        model_config(
            'coco+mpii',
            21,
            teachers={name: dict(entry, **options) for name, entry in entries.items()},
            combine=combine,
            teacher_dropping=teacher_dropping,
            dialects=dialects,
        )
    )
    before = {name: value.clone() for name, value in model.named_parameters()}
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01))
    inputs = [canvas * 50 + 120 for canvas in canvases(2)]
    logged = model.train_step(dict(inputs=inputs, data_samples=samples(2, sources=('coco', 'mpii'))), optimizer)
    assert all(value.isfinite().all() for value in logged.values())
    expected = {'loss_gt', 'loss_kd_fused'} if combine == 'fused' else {'loss_gt', 'loss_kd_coco', 'loss_kd_mpii'}
    expected |= {f'loss_feature_{name}' for name in entries if feature_weight}
    expected |= {'loss_gt_in_dialects', *(f'loss_kd_in_{name}' for name in entries)} if dialects else set()
    assert {name for name in logged if name.startswith('loss_')} == expected
    assert {f'{kind}_kd_{name}' for kind in ('raw', 'weight', 'agree') for name in entries} <= set(logged)
    # what is written at first begins as zeros, so what it reads from moves only afterwards
    silent = ('distill.dialects.coco.read', 'distill.dialects.coco.mix', 'distill.dialects.mpii.read')
    silent += ('distill.dialects.mpii.mix',)
    still = [name for name, value in model.named_parameters() if torch.equal(value, before[name])]
    assert all(name.startswith(silent) for name in still), still
