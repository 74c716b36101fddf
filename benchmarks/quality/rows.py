"""The rows of the comparison: what each changes in `configs/benchmark/distill.py`, and its seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def _both(key: str, value: Any) -> dict[str, Any]:
    return {f'model.teachers.{name}.{key}': value for name in ('coco', 'mpii')}


def _of_kind(teacher: str, kind: str) -> dict[str, Any]:
    """Another teacher in the place of one."""
    return {
        f'model.teachers.{teacher}.config': f'configs/benchmark/teacher_{kind}.py',
        f'model.teachers.{teacher}.checkpoint': f'teachers/benchmark/teacher_{kind}.pth',
        f'model.teachers.{teacher}.calibration': f'teachers/benchmark/calibration_{kind}.json',
    }


# by name of the part that is trained once: its name among the student's teachers, and how it comes to be there
TEACHERS = dict(
    teacher_coco=('coco', {}),
    teacher_mpii=('mpii', {}),
    teacher_hrnet=('coco', _of_kind('coco', 'hrnet')),
    teacher_hourglass=('mpii', _of_kind('mpii', 'hourglass')),
)
_NO_FEATURES = _both('feature_weight', 0.0)
_EQUALLY_LOUD = {'model.teachers.coco.weight': 1.0}
_OWN_HEAD = {'model.head.init_cfg': None}
_MPII_FADES = {'model.teachers.mpii.schedule': 'linear'}
_UNSPOKEN = {'model.test_cfg.dialects': False}
_NO_DIALECTS = {'model.dialects': None} | _UNSPOKEN
_SEPARATE, _BY_SOURCE = {'model.combine': 'separate'}, {'model.combine': 'by_source'}
_PLAIN_STUDENT = _NO_DIALECTS | _OWN_HEAD
_FEATURES = _PLAIN_STUDENT | _EQUALLY_LOUD
_FUSED = _FEATURES | _NO_FEATURES  # nothing but one mixture of what the teachers say
_STUDENT = _PLAIN_STUDENT | _SEPARATE
_NOBODY = {'model.teachers': None} | _STUDENT
_SPEAKING_NOBODY = {'model.teachers': None} | _OWN_HEAD | _SEPARATE
# what unipose does and these have not: their losses are their own
_HARD_LABELS = {'model.type': 'HardLabelDistiller'} | _STUDENT | _NO_FEATURES
_REFERENCE_MENDED = (
    _STUDENT
    | _NO_FEATURES
    | {
        'model.type': 'ReferenceDistiller',
        'model.stretch': False,
        'model.train_mode': False,
        'model.unbalanced': False,
    }
)
_REFERENCE = {'model.type': 'ReferenceDistiller'} | _MPII_FADES | _STUDENT | _NO_FEATURES
_SLOW_HEAD = {
    'optim_wrapper.paramwise_cfg.custom_keys': {
        part: dict(lr_mult=0.1) for part in ('head.mlp', 'head.gau', 'head.cls_')
    }
}
_UNLABELLED = {f'train_dataloader.dataset.sources.{name}.skeleton': None for name in ('coco', 'mpii')}
_MORE_COCO = dict(
    type='CocoDataset',
    data_root='data/benchmark/train/coco/',
    ann_file='annotations/person_keypoints_train2017.json',
    data_prefix=dict(img='train2017/'),
    indices=-346,  # all but the first 350, which are annotated
)
_MORE_MPII = dict(
    type='MpiiDataset',
    data_root='data/benchmark/train/mpii/',
    ann_file='annotations/mpii_train.json',
    data_prefix=dict(img='images/'),
    indices=-56,
)
_WITH_UNLABELLED = {
    'train_dataloader.dataset.sources.more_coco': dict(skeleton=None, dataset=_MORE_COCO),
    'train_dataloader.dataset.sources.more_mpii': dict(skeleton=None, padding=0.9375, dataset=_MORE_MPII),
}
_TWICE = {f'train_dataloader.dataset.sources.{name}.dataset.indices': None for name in ('coco', 'mpii')}


@dataclass(frozen=True)
class Row:
    """One way to train the student.

    Args:
        title: What the table calls it.
        options: What it changes, as ``--cfg-options`` would.
        main: Whether it belongs to the main table, which has all seeds; the others have one.
        trained_as: Name of the row that it is another way to score; by default it is trained itself.
        changes: Name of the row that it is a single change of.
        epochs: How long it is trained; by default as the config says.
        equal_time_to: Name of the row whose training time it gets, in whole epochs; by default all have equal epochs.
        stored_views: Views of each sample whose targets are stored beforehand and replayed; by default teachers run.
    """

    title: str
    options: Mapping[str, Any] = field(default_factory=dict)
    main: bool = False
    trained_as: str = ''
    changes: str = 'unipose'
    epochs: int | None = None
    equal_time_to: str = ''
    stored_views: int = 0


ROWS = dict(
    no_teachers=Row('no teachers', _NOBODY, main=True),
    no_teachers_equal_time=Row('no teachers, as long as unipose takes', _NOBODY, main=True, equal_time_to='unipose'),
    hard_labels=Row('hard pseudo-labels', _HARD_LABELS, main=True),
    reference=Row('reference recipe', _REFERENCE, main=True),
    unipose=Row('unipose', {}, main=True),
    unspoken=Row('unipose, plain outputs', _UNSPOKEN, main=True, trained_as='unipose'),
    equally_loud=Row('both teachers as loud', _EQUALLY_LOUD),
    equally_loud_mpii_fades=Row(
        'both as loud, MPII teacher fades',
        _MPII_FADES | _EQUALLY_LOUD,
        changes='equally_loud',
    ),
    gt_weight_03=Row(
        'both as loud, ground truth counts 0.3', {'model.gt_weight': 0.3} | _EQUALLY_LOUD, changes='equally_loud'
    ),
    feature_weight_8=Row(
        'the same, features count 8, not 2',
        {'model.gt_weight': 0.3} | _both('feature_weight', 8.0) | _EQUALLY_LOUD,
        changes='gt_weight_03',
    ),
    slow_head=Row(
        "both as loud, the head's copied part learns at a tenth of the rate",
        _SLOW_HEAD | _EQUALLY_LOUD,
        changes='equally_loud',
    ),
    no_confidence=Row(
        'both as loud, no confidence weighting',
        _both('calibration', None) | _both('confidence', False) | _EQUALLY_LOUD,
        changes='equally_loud',
    ),
    unlabelled_too=Row(
        'both as loud, as many people again with boxes only, as many steps',
        _WITH_UNLABELLED | _EQUALLY_LOUD,
        changes='equally_loud',
        epochs=100,
    ),
    own_head=Row('fused, features, dialects', _OWN_HEAD | _EQUALLY_LOUD, changes='equally_loud'),
    own_head_unspoken=Row(
        'fused, features, dialects, plain outputs',
        _OWN_HEAD | _EQUALLY_LOUD | _UNSPOKEN,
        trained_as='own_head',
        changes='own_head',
    ),
    features=Row('fused, features', _FEATURES, changes='own_head'),
    fused=Row('fused', _FUSED, changes='features'),
    separate=Row('a term of each teacher', _SEPARATE | _FUSED, changes='fused'),
    by_source=Row("a dataset's joints left to its own teacher", _BY_SOURCE | _FUSED, changes='fused'),
    dropping=Row(
        'the same, teachers dropped, p = 0.5',
        {'model.teacher_dropping': 0.5} | _BY_SOURCE | _FUSED,
        changes='by_source',
    ),
    mpii_weight_2=Row(
        'fused, MPII teacher twice as loud', {'model.teachers.mpii.weight': 2.0} | _FUSED, changes='fused'
    ),
    mpii_fades=Row(
        'fused, features, MPII teacher fades',
        _MPII_FADES | _FEATURES,
        changes='features',
    ),
    coco_weight_4=Row('COCO teacher four times as loud', {'model.teachers.coco.weight': 4.0}),
    raw_confidence=Row('confidence not calibrated', _both('calibration', None)),
    no_teachers_dialects=Row('no teachers, dialects', _SPEAKING_NOBODY, changes='no_teachers'),
    no_teachers_dialects_unspoken=Row(
        'no teachers, dialects, plain outputs',
        _SPEAKING_NOBODY | _UNSPOKEN,
        trained_as='no_teachers_dialects',
        changes='no_teachers',
    ),
    stretch=Row(
        'MPII teacher sees a stretched window',
        _REFERENCE_MENDED | {'model.stretch': True},
        changes='reference_mended',
    ),
    padding_1_25=Row(
        "MPII's square box at 1.25, not 0.9375",
        {f'{split}_dataloader.dataset.sources.mpii.padding': 1.25 for split in ('train', 'val', 'test')},
    ),
    heatmap_teachers=Row(
        'HRNet and Hourglass teachers',
        TEACHERS['teacher_hrnet'][1] | TEACHERS['teacher_hourglass'][1] | _OWN_HEAD,
        changes='no_teachers',
    ),
    twice_the_people=Row('twice the people, as many steps', _TWICE, changes='no_teachers_twice_the_people', epochs=100),
    no_teachers_twice_the_people=Row(
        'no teachers, twice the people, as many steps', _TWICE | _NOBODY, changes='no_teachers', epochs=100
    ),
    no_features=Row('no features', _NO_FEATURES),
    centred_features=Row('features less their mean', {'model.type': 'CentredFeaturesDistiller'}),
    stored=Row('the same, from 20 stored views', _NO_FEATURES, changes='no_features', stored_views=20),
    stored_50=Row('from 50 stored views', _NO_FEATURES, changes='no_features', stored_views=50),
    stored_100=Row('from 100 stored views', _NO_FEATURES, changes='no_features', stored_views=100),
    stored_200=Row('from 200 stored views, one for each epoch', _NO_FEATURES, changes='no_features', stored_views=200),
    boxes_only=Row('boxes only, no annotated keypoint', _UNLABELLED),
    untrained=Row(
        'the same, not trained at all',
        _UNLABELLED | {'optim_wrapper.optimizer.lr': 0.0},
        changes='boxes_only',
        epochs=1,
    ),
    reference_canvas=Row(
        'reference, teachers see true pixels', _REFERENCE | {'model.stretch': False}, changes='reference'
    ),
    reference_eval=Row(
        'reference, teachers in eval mode', _REFERENCE | {'model.train_mode': False}, changes='reference'
    ),
    reference_units=Row('reference, losses in one unit', _REFERENCE | {'model.unbalanced': False}, changes='reference'),
    reference_constant=Row(
        'reference, no teacher fades', _REFERENCE | {'model.teachers.mpii.schedule': 'constant'}, changes='reference'
    ),
    reference_mended=Row('reference, all of these mended', _REFERENCE_MENDED, changes='reference'),
)
MAIN_SEEDS = (0, 1, 2)


def seeds_of(name: str) -> tuple[int, ...]:
    """The seeds that a row is run with."""
    return MAIN_SEEDS if ROWS[name].main else MAIN_SEEDS[:1]
