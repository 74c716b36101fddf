"""Scores a student, a teacher or the annotations, and says it as files and as text."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mmengine.config import Config

from unipose.commands.export.onnx_estimator import load_onnx_estimator
from unipose.evaluation.comparison_tables import compare, format_comparison
from unipose.evaluation.configs import detected_config
from unipose.evaluation.dataset_mean import dataset_mean
from unipose.evaluation.evaluate import Evaluation, evaluate_checkpoint, evaluate_ground_truth, evaluate_teacher
from unipose.evaluation.format_scores import format_evaluation
from unipose.evaluation.load_model import load_model
from unipose.evaluation.ways import scales_of_test
from unipose.files.read_config import values_of
from unipose.simcc.flip_test import ALIGNED


def score(config: Config, args: argparse.Namespace) -> tuple[list[Any], str]:
    """Scores what the command line asks for.

    Args:
        config: The config that it is scored by.
        args: What :mod:`unipose.commands.verbs.test` takes, parsed.

    Returns:
        Contents of the files to write: a dict for JSON, or a text; and what to print.

    Raises:
        ValueError: If config and files do not fit each other.
        FileNotFoundError: If a file is missing.
        ImportError: If an ONNX file is scored and onnxruntime is not installed.
    """
    detections, tta = values_of(args.detections), _options(args.tta, config)
    if args.teachers:
        comparison = compare(config, args.checkpoint, detections, **tta)
        parts = [teacher.evaluation for teacher in comparison.teachers.values()]
        parts += [comparison.student.evaluation, comparison.student.detected]
        texts = [format_evaluation(part, per_keypoint=False) for part in parts if part]
        contents = [comparison.scores(), format_comparison(comparison, markdown=True) + '\n']
        return contents, '\n\n'.join([*texts, format_comparison(comparison)])
    if args.teacher:
        evaluation = evaluate_teacher(
            config, args.teacher, args.source, padding=args.padding, canvas=args.canvas, **tta
        )
    elif args.ground_truth:
        evaluation = evaluate_ground_truth(config)
    else:
        evaluation = score_student(config, args.checkpoint, skeleton=args.skeleton, **tta)
    scores, text = evaluation.scores(), format_evaluation(evaluation)
    if detections:
        on_boxes = detected_config(config, detections)
        detected = score_student(on_boxes, args.checkpoint, skeleton=args.skeleton, **tta)
        detected.metrics.update(dataset_mean(detected.metrics, evaluation.metrics))
        scores['detected'], text = detected.scores(), f'{text}\n\n{format_evaluation(detected)}'
    return [scores] + [evaluation.dump()] * bool(args.dump), text


def score_student(config: str | Path | Config, student: str | Path, **options: Any) -> Evaluation:
    """Scores a checkpoint or an ONNX file.

    Args:
        config: The config that it is scored by.
        student: The file.
        **options: Others of :func:`unipose.evaluation.evaluate.evaluate_checkpoint`.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If config, file and datasets do not fit each other.
        ImportError: If an ONNX file is scored and onnxruntime is not installed.
    """
    load = load_onnx_estimator if Path(student).suffix == '.onnx' else load_model
    return evaluate_checkpoint(config, student, load=load, **options)


def _options(kinds: list[str], config: Config) -> dict[str, Any]:
    """How test-time augmentation is asked for: of the kinds of ``--tta``."""
    flip_test = ALIGNED if ALIGNED in kinds else 'flip' in kinds
    return dict(flip_test=flip_test, scales=scales_of_test(config, 'multiscale' in kinds))
