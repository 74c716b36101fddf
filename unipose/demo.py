"""The demo: synthetic people, two small teachers, one student, its scores and pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config
from tqdm import tqdm

from unipose.datasets.synthetic import SceneOptions, generate_coco, generate_mpii
from unipose.distillers.export_student import export_student
from unipose.evaluation.evaluate import Evaluation, evaluate_checkpoint, evaluate_teacher
from unipose.evaluation.report import format_evaluation, format_table
from unipose.files import write_json
from unipose.inference import PoseInferencer
from unipose.training import TrainingRunner, prepare_training
from unipose.visualization import draw_skeleton

MEAN_MEASURE = dict(coco='coco/PCK@0.05sqrt(area)', mpii='mpii/PCKh@0.5')
KEYPOINT_MEASURE = dict(coco='PCK@0.05sqrt(area)', mpii='PCKh@0.5')


def generate_people(root: str | Path, num_train: int, num_val: int, seed: int) -> None:
    """Writes both synthetic layouts under a folder, unless they are there already.

    Args:
        root: Folder that gets ``coco`` and ``mpii``.
        num_train: Training images per layout.
        num_val: Validation images per layout.
        seed: Seed of the people; MPII's are others than COCO's.
    """
    root, easy = Path(root), SceneOptions(max_persons=2, difficulty=0.1)
    generate_coco(root / 'coco', {'train2017': num_train, 'val2017': num_val}, seed, easy, progress=True)
    generate_mpii(root / 'mpii', {'train': num_train, 'val': num_val}, seed + 1, easy, progress=True)


def train(config: Config) -> Path:
    """Trains, or goes on where an earlier run stopped; returns the last checkpoint."""
    config.resume = True
    prepare_training(config)
    TrainingRunner.from_cfg(config).train()
    return Path(config.work_dir) / f'epoch_{config.train_cfg.max_epochs}.pth'


def retention(student: Evaluation, teachers: Mapping[str, Evaluation]) -> dict[str, Any]:
    """What share of each teacher's score the student keeps on that teacher's dataset.

    Returns:
        For each teacher its mean score, the student's, their ratio, and the ratio for every keypoint.
    """
    kept = {}
    for name, teacher in teachers.items():
        theirs, ours = teacher.metrics[MEAN_MEASURE[name]], student.metrics[MEAN_MEASURE[name]]
        measure = KEYPOINT_MEASURE[name]
        kept[name] = dict(
            measure=MEAN_MEASURE[name],
            teacher=theirs,
            student=ours,
            ratio=ours / theirs,
            per_keypoint={
                keypoint: student.per_keypoint[name][keypoint][measure] / values[measure]
                for keypoint, values in teacher.per_keypoint[name].items()
            },
        )
    return kept


def format_retention(kept: Mapping[str, Any]) -> str:
    """The retention as a table, one row per teacher."""
    rows = []
    for name, entry in kept.items():
        worst = min(entry['per_keypoint'], key=entry['per_keypoint'].get)
        rows.append(
            [
                f'teacher {name} ({entry["measure"]})',
                f'{entry["teacher"]:.1f}',
                f'{entry["student"]:.1f}',
                f'{100 * entry["ratio"]:.1f}%',
                f'{100 * entry["per_keypoint"][worst]:.1f}% ({worst})',
            ]
        )
    return '\n'.join(format_table(['', 'teacher', 'student', 'kept', 'least kept'], rows))


def draw_people(config: Config, checkpoint: Path, out_dir: Path, num_images: int = 12) -> None:
    """Draws the student's skeletons into validation images, the annotated boxes given; writes a sheet of them all."""
    inferencer = PoseInferencer(config, checkpoint)
    source = config.val_dataloader.dataset.sources.coco.dataset
    root = Path(source.data_root)
    annotations = json.loads((root / source.ann_file).read_text())
    out_dir.mkdir(parents=True, exist_ok=True)
    drawn = []
    for image in annotations['images'][:num_images]:
        picture = cv2.imread(str(root / source.data_prefix.img / image['file_name']))
        boxes = np.array([a['bbox'] for a in annotations['annotations'] if a['image_id'] == image['id']])
        boxes[:, 2:] += boxes[:, :2]
        people = inferencer(picture, boxes)
        large = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        keypoints = 2 * np.stack([person.keypoints for person in people])
        scores = np.stack([person.scores for person in people])
        drawn.append(draw_skeleton(large, keypoints, scores, inferencer.skeleton))
        cv2.imwrite(str(out_dir / image['file_name']), drawn[-1])
    columns = 4
    rows = [np.hstack(drawn[i : i + columns]) for i in range(0, len(drawn) - columns + 1, columns)]
    cv2.imwrite(str(out_dir.parent / 'people.jpg'), np.vstack(rows))


def run_demo(config: Config, num_train: int = 800, num_val: int = 300) -> dict[str, Any]:
    """Runs the whole demo; finished parts are not done again.

    Args:
        config: The demo's distillation config, with its work dir.
        num_train: Training images per dataset.
        num_val: Validation images per dataset.

    Returns:
        The content of ``metrics.json``.
    """
    work_dir = Path(config.work_dir)
    generate_people(
        Path(config.train_dataloader.dataset.sources.coco.dataset.data_root).parent, num_train, num_val, seed=1
    )
    checkpoint = train(config)
    teachers = {name: evaluate_teacher(config, name) for name in tqdm(config.model.teachers, desc='scoring teachers')}
    student = evaluate_checkpoint(config, checkpoint)
    kept = retention(student, teachers)
    metrics = dict(
        student=student.scores(), teachers={name: t.scores() for name, t in teachers.items()}, retention=kept
    )
    write_json(work_dir / 'metrics.json', metrics)
    draw_people(config, checkpoint, work_dir / 'overlays')
    student_file, _ = export_student(checkpoint, work_dir / 'student.pth', force=True)
    print('\n\n'.join(format_evaluation(evaluation) for evaluation in (*teachers.values(), student)))
    print(f'\n{format_retention(kept)}\n\n{work_dir}: metrics.json, {student_file.name}, people.jpg, overlays/')
    return metrics


def save_weights(checkpoint: Path, out: Path, prefix: str = '') -> None:
    """Keeps a checkpoint's weights in half precision: small enough to live in the repository."""
    state = torch.load(checkpoint, map_location='cpu', weights_only=True)['state_dict']
    weights = {
        key: value.half() if value.is_floating_point() and 'running_' not in key else value
        for key, value in state.items()
        if key.startswith(prefix)
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(state_dict=weights), out)
