"""The rows of the comparison: what each changes in a config of `configs/real_people`, and its seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ANNOTATED = {f'train_dataloader.dataset.sources.{name}.ratio': 0.0 for name in ('lspet', 'stanford40')}
_PLAIN = {'model.dialects': None, 'model.test_cfg.dialects': False}
_TRUTH_ALONE = {'model.gt_weight': 1.0, 'model.combine': 'separate'} | _PLAIN
_NO_TEACHERS = {'model.teachers': None} | _TRUTH_ALONE
_REFERENCE = {
    'model.type': 'ReferenceDistiller',
    'model.teachers.mpii.schedule': 'linear',
    **{f'train_dataloader.dataset.sources.{name}': None for name in ('lspet', 'stanford40')},
} | _TRUTH_ALONE
_HARD = {
    'model.type': 'HardLabelDistiller',
    'model.threshold': 0.5,
    'model.everywhere': True,
} | _TRUTH_ALONE


PROXY = Path('work_dirs/real_people/proxy.onnx')
"""The student that teaches another, exported."""


@dataclass(frozen=True)
class Row:
    """One way to train a student.

    Args:
        title: What the table calls it.
        options: What it changes, as ``--cfg-options`` would.
        config: Name of its config.
        main: Whether it belongs to the main table, which has all seeds; the others have one.
        epochs: How long it is trained. Half as long with boxes added, of whom there are more: all take as many steps.
        changes: Name of the row that it is a single change of.
        targets: Name of the stored targets that it learns from; rows that are taught the same share them.
        views: Augmented views that these are of; None for people as they are, whose targets move.
        proxy: Name of the row whose student, trained with the first seed, is its one teacher.
    """

    title: str
    options: Mapping[str, Any] = field(default_factory=dict)
    config: str = 'student'
    main: bool = False
    changes: str = 'unipose'
    epochs: int = 80
    targets: str = 'once'
    views: int | None = None
    proxy: str = ''


def _with_boxes(title: str, options: Mapping[str, Any], targets: str = 'once') -> Row:
    """A single change of ``unipose_boxes``."""
    return Row(title, options, epochs=38, changes='unipose_boxes', targets=targets)


ROWS = dict(
    annotations=Row('annotations alone', _NO_TEACHERS | _ANNOTATED, main=True, targets=''),
    hard_labels=Row('hard pseudo-labels', _HARD | _ANNOTATED, main=True),
    reference=Row('reference recipe', _REFERENCE, main=True, targets='stretched', views=12),
    unipose=Row('unipose', _ANNOTATED, main=True),
    unipose_boxes=Row('unipose, boxes added', main=True, epochs=38),
    boxes_only=Row('unipose, boxes alone', {'model.gt_weight': 0.0}, main=True, epochs=38),
    hard_labels_boxes=Row('hard pseudo-labels, boxes added', _HARD, epochs=38, changes='unipose_boxes'),
    thunder=_with_boxes('MoveNet Thunder alone', {'model.teachers.mpii.weight': 0.0}),
    efficientpose=_with_boxes('EfficientPose alone', {'model.teachers.coco.weight': 0.0}),
    padding_1=_with_boxes(
        'Thunder sees people at a padding of 1.0, not 1.25',
        {'model.teachers.coco.padding.default': 1.0},
        targets='padding_1',
    ),
    not_calibrated=_with_boxes(
        'not calibrated',
        {f'model.teachers.{name}.calibration': None for name in ('coco', 'mpii')},
        targets='not_calibrated',
    ),
    no_dialects=_with_boxes('no dialects', _PLAIN),
    lspet_labels=_with_boxes(
        "LSPET's own labels beside the teachers",
        {
            'train_dataloader.dataset.sources.lspet.skeleton': 'lsp',
            'train_dataloader.dataset.sources.lspet.dataset.type': 'CocoDataset',
        },
        targets='lspet_labels',
    ),
    rtmpose_t_annotations=Row(
        'annotations alone, RTMPose-t', _NO_TEACHERS | _ANNOTATED, config='rtmpose-t', targets='', changes='annotations'
    ),
    rtmpose_t_boxes=Row(
        'unipose, boxes added, RTMPose-t', config='rtmpose-t', epochs=38, changes='rtmpose_t_annotations'
    ),
    proxy_teacher=Row(
        'taught by that RTMPose-t, whom the teachers taught',
        {'model.teachers.coco': None, 'model.teachers.mpii': None, 'model.teachers.proxy.onnx': str(PROXY)},
        epochs=38,
        changes='unipose_boxes',
        targets='proxy',
        proxy='rtmpose_t_boxes',
    ),
)
MAIN_SEEDS = (0, 1, 2)


def seeds_of(name: str) -> tuple[int, ...]:
    """The seeds that a row is run with."""
    return MAIN_SEEDS if ROWS[name].main else MAIN_SEEDS[:1]
