"""The student beside its teachers: each teacher on its own dataset, the student on all of them, one table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from unipose.compute.complexity import Complexity, complexity
from unipose.files import read_json
from unipose.files.read_config import read_config

from .configs import detected_config, student_config, teacher_config, test_sources
from .dataset_mean import MEAN_MEASURE, MEAN_SOURCE, dataset_mean
from .evaluate import Evaluation, evaluate_checkpoint, evaluate_teacher, score_teacher
from .format_scores import format_markdown, format_table, format_value

STUDENT = 'student'
_HEADLINES = ('AP', 'AP50', 'AP75', 'AR', 'PCKh@0.5', 'PCKh@0.1', 'PCK@0.2')
_REMEDY = 'name a metrics.json that `unipose test` has written, or score the checkpoint again'
MAIN_MEASURES = ('AP', 'PCKh@0.5')
"""What a dataset is summed up by: the one of them that its metric has."""


def metrics_name(other: str = '') -> str:
    """Name of the file of scores in a work dir: of a checkpoint, or of something else that was scored.

    >>> metrics_name(), metrics_name('student.onnx')
    ('metrics.json', 'metrics_student.onnx.json')
    """
    return f'metrics_{other}.json' if other else 'metrics.json'


@dataclass(frozen=True)
class Contender:
    """A row of the comparison.

    Args:
        title: ``'student'``, or a teacher's name.
        complexity: Its size and work.
        evaluation: What it scored; None for a teacher on whose dataset nothing is tested.
        detected: What it scored on detected boxes, where there are any.
    """

    title: str
    complexity: Complexity
    evaluation: Evaluation | None
    detected: Evaluation | None = None

    def headline(self, source: str, measure: str, detected: bool = False) -> float:
        """One of its numbers; NaN where it has none."""
        evaluation = self.detected if detected else self.evaluation
        return evaluation.metrics.get(f'{source}/{measure}', math.nan) if evaluation else math.nan


@dataclass(frozen=True)
class Comparison:
    """Teachers and student, scored by the same evaluator.

    Args:
        teachers: By name.
        student: The student.
    """

    teachers: Mapping[str, Contender]
    student: Contender

    @classmethod
    def from_file(cls, file: Path) -> Comparison:
        """From ``metrics.json``.

        Raises:
            ValueError: If it is something else.
            OSError: If it cannot be read.
        """
        content = read_json(file, _REMEDY)
        try:
            return cls.from_scores(content)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f'{file} is not what `unipose test` writes ({type(error).__name__}: {error}); {_REMEDY}'
            ) from error

    @classmethod
    def from_scores(cls, content: Mapping[str, Any]) -> Comparison:
        """From the content of ``metrics.json``, of a student alone too.

        Raises:
            KeyError: If it is something else.
        """
        teachers = {name: _contender(name, found) for name, found in content.get('teachers', {}).items()}
        student = _contender(STUDENT, content.get('student', content))
        if student.evaluation is None:
            raise KeyError('metrics')
        return cls(teachers, student)

    def scores(self) -> dict[str, Any]:
        """The content of ``metrics.json``."""
        return dict(
            student=_content(self.student),
            teachers={name: _content(teacher) for name, teacher in self.teachers.items()},
            kept=self.kept(),
        )

    def kept(self) -> dict[str, dict[str, Any]]:
        """What the student keeps of each teacher on that teacher's dataset.

        Returns:
            By teacher ``measure``, ``ratio`` (student over teacher), ``per_keypoint_measure`` and ``per_keypoint``
            ratios; NaN where a teacher scored 0. Teachers on whose dataset nothing is tested are left out.
        """
        found = {}
        for name, teacher in self.teachers.items():
            if teacher.evaluation is None:
                continue
            measure = next((m for m in MAIN_MEASURES if f'{name}/{m}' in teacher.evaluation.metrics), '')
            theirs, ours = (c.evaluation.per_keypoint.get(name, {}) for c in (teacher, self.student))
            of_keypoints = next((m for table in theirs.values() for m in table), '')
            found[name] = dict(
                measure=measure,
                ratio=_share(self.student.headline(name, measure), teacher.headline(name, measure)),
                per_keypoint_measure=of_keypoints,
                per_keypoint={
                    keypoint: _share(ours[keypoint][of_keypoints], table[of_keypoints])
                    for keypoint, table in theirs.items()
                },
            )
        return found

    def tables(self) -> list[tuple[list[str], list[list[str]]]]:
        """Head and rows of the main table, and of one for each teacher's keypoints."""
        return [self._main(), *(self._keypoints(name, kept) for name, kept in self.kept().items())]

    def _main(self) -> tuple[list[str], list[list[str]]]:
        columns = [
            (source, measure, detected)
            for detected, evaluation in ((False, self.student.evaluation), (True, self.student.detected))
            for source in ([*evaluation.protocol['num_samples'], MEAN_SOURCE] if evaluation else ())
            for measure in (*_HEADLINES, MEAN_MEASURE)
            if f'{source}/{measure}' in evaluation.metrics
        ]
        kept = self.kept()
        head = ['', *(f'{source} {measure}{", detected" * found}' for source, measure, found in columns)]
        head += ['params, M', 'GFLOPs']
        head += [f'% of {name}' for name in kept]
        rows = []
        for contender in (*self.teachers.values(), self.student):
            params, flops = contender.complexity
            cells = [format_value(column[1], contender.headline(*column)) for column in columns]
            cells += [f'{number:.2f}' if number > 0 else '-' for number in (params / 1e6, flops / 1e9)]
            is_student = contender is self.student
            for name, entry in kept.items():
                cells.append(_percent(entry['ratio'] if is_student else 1.0 if name == contender.title else math.nan))
            rows.append([STUDENT if is_student else f'teacher {contender.title}', *cells])
        return head, rows

    def _keypoints(self, name: str, kept: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
        measure = kept['per_keypoint_measure']
        theirs, ours = (c.evaluation.per_keypoint[name] for c in (self.teachers[name], self.student))
        rows = [
            [keypoint, *(format_value(measure, c[keypoint][measure]) for c in (theirs, ours)), _percent(share)]
            for keypoint, share in kept['per_keypoint'].items()
        ]
        return [f'{name}: {measure}', 'teacher', STUDENT, '% kept'], rows


def compare(
    config: str | Path | Config, checkpoint: str | Path, boxes: Mapping[str, str] | None = None, **tta: Any
) -> Comparison:
    """Scores a student on every source of a config's test dataset, and each teacher on its own.

    Teachers see the canvases that they teach through.

    Args:
        config: Config of the student.
        checkpoint: Checkpoint of its training run, or the exported student.
        boxes: By source, files of detected boxes to score on as well, see :func:`detected_config`.
        **tta: ``flip_test`` and ``scales`` of :func:`evaluate_checkpoint`.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the config has no teachers, or config, checkpoints and datasets do not fit each other.
    """
    config, boxes = read_config(config), boxes or {}
    names = [name for name, entry in (config.model.get('teachers') or {}).items() if entry]
    if not names:
        raise ValueError(f'config {config.filename or ""} has no teachers to compare with')
    on_boxes = detected_config(config, boxes) if boxes else None
    tested = test_sources(student_config(config))
    teachers = {}
    for name in names:
        source = name if name in tested else tested[0]
        setting, own = teacher_config(config, name, source, canvas=True, flip_test=tta.get('flip_test', True))
        evaluations = [
            score_teacher(setting, own, tta.get('scales', (1.0,))) if name in tested else None,
            evaluate_teacher(on_boxes, name, canvas=True, **tta) if name in boxes else None,
        ]
        teachers[name] = Contender(name, own.complexity, *evaluations)
    evaluation, detected = (
        settings and evaluate_checkpoint(settings, checkpoint, **tta) for settings in (config, on_boxes)
    )
    if detected:
        detected.metrics.update(dataset_mean(detected.metrics, evaluation.metrics))
    return Comparison(teachers, Contender(STUDENT, _complexity(student_config(config)), evaluation, detected))


def format_comparison(comparison: Comparison, markdown: bool = False) -> str:
    """All tables as text to read in a terminal, or as Markdown."""

    def one(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        return format_markdown(head, rows) if markdown else '\n'.join(format_table(head, rows))

    return '\n\n'.join(one(*table) for table in comparison.tables())


def _share(ours: float, theirs: float) -> float:
    return ours / theirs if theirs > 0 else math.nan


def _percent(share: float) -> str:
    return f'{100 * share:.1f}' if math.isfinite(share) else '-'


def _content(contender: Contender) -> dict[str, Any]:
    content: dict[str, Any] = contender.complexity._asdict()
    if contender.evaluation:
        content |= contender.evaluation.scores()
    if contender.detected:
        content['detected'] = contender.detected.scores()
    return content


def _complexity(config: Config) -> Complexity:
    init_default_scope(config.get('default_scope', 'mmpose'))
    crop = next(step for step in config.test_dataloader.dataset.pipeline if step['type'] == 'TopdownAffine')
    return complexity(MODELS.build(config.model), crop['input_size'])


def _contender(title: str, content: Mapping[str, Any]) -> Contender:
    scored, detected = (
        part and Evaluation.from_scores(part)
        for part in (content if 'metrics' in content else None, content.get('detected'))
    )
    size = Complexity(content.get('params') or math.nan, content.get('flops') or math.nan)
    return Contender(title, size, scored, detected)
