"""The rows of the comparison: what each changes in a config of `configs/real_people`, and its seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_ANNOTATED = {f'train_dataloader.dataset.sources.{name}.ratio': 0.0 for name in ('lspet', 'stanford40')}
_PLAIN = {'model.dialects': None, 'model.test_cfg.dialects': False}
_NO_TEACHERS = {'model.teachers': None, 'model.combine': 'separate'} | _PLAIN
_REFERENCE = {
    'model.type': 'ReferenceDistiller',
    'model.teachers.mpii.schedule': 'linear',
    'model.combine': 'separate',
    **{f'train_dataloader.dataset.sources.{name}': None for name in ('lspet', 'stanford40')},
} | _PLAIN
_HARD = {
    'model.type': 'HardLabelDistiller',
    'model.threshold': 0.5,
    'model.everywhere': True,
    'model.combine': 'separate',
} | _PLAIN


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
    """

    title: str
    options: Mapping[str, Any] = field(default_factory=dict)
    config: str = 'student'
    main: bool = False
    changes: str = 'unipose'
    epochs: int = 60
    targets: str = 'once'
    views: int | None = None


ROWS = dict(
    annotations=Row('annotations alone', _NO_TEACHERS | _ANNOTATED, main=True, targets=''),
    hard_labels=Row('hard pseudo-labels', _HARD | _ANNOTATED, main=True),
    reference=Row('reference recipe', _REFERENCE, main=True, targets='stretched', views=12),
    unipose=Row('unipose', _ANNOTATED, main=True),
    unipose_boxes=Row('unipose, boxes added', main=True, epochs=29),
    boxes_only=Row('unipose, boxes alone', {'model.gt_weight': 0.0}, main=True, epochs=29),
)
MAIN_SEEDS = (0, 1, 2)


def seeds_of(name: str) -> tuple[int, ...]:
    """The seeds that a row is run with."""
    return MAIN_SEEDS if ROWS[name].main else MAIN_SEEDS[:1]
