"""The demo: synthetic people, two small teachers, one student, its scores and pictures; and a photograph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config

from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.train.run import run_training
from unipose.datasets.synthetic import SceneOptions, generate_coco, generate_mpii
from unipose.distillers.write_mmpose_files import export_student
from unipose.evaluation.comparison_tables import compare, format_comparison
from unipose.evaluation.format_scores import format_evaluation
from unipose.files import read_image, read_json, write_file, write_json
from unipose.inference import PoseInferencer
from unipose.media import encode_picture
from unipose.people import draw_skeleton
from unipose.runtime import OnnxInferencer
from unipose.student import default_student, introduction


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
    return run_training(config).checkpoint


def draw_people(config: Config, checkpoint: Path, out_dir: Path, num_images: int = 12) -> None:
    """Draws the student's skeletons into validation images, the annotated boxes given; writes a sheet of them all."""
    inferencer = PoseInferencer(config, checkpoint)
    source = config.val_dataloader.dataset.sources.coco.dataset
    root = Path(source.data_root)
    annotations = read_json(root / source.ann_file)
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
        write_file(out_dir / image['file_name'], encode_picture(drawn[-1])[1])
    columns = 4
    rows = [np.hstack(drawn[i : i + columns]) for i in range(0, len(drawn) - columns + 1, columns)]
    write_file(out_dir.parent / 'people.jpg', encode_picture(np.vstack(rows))[1])


def draw_photograph(out: Path) -> str:
    """Draws the student that comes with unipose into a photograph of a real person, if this copy has it.

    Args:
        out: The picture.

    Returns:
        A line that says where the picture is, or why there is none.
    """
    image = read_image(REPOSITORY / 'docs/images/astronaut.jpg')
    try:
        inferencer = OnnxInferencer(default_student())
    except (FileNotFoundError, ImportError) as error:
        return f'a real person is not drawn: {error}'
    (person,) = inferencer(image)
    drawn = draw_skeleton(image, person.keypoints[None], person.scores[None], inferencer.skeleton)
    write_file(out, encode_picture(drawn)[1])
    about = introduction(inferencer.estimator.facts)
    return f'{about}\na real person (Eileen Collins, photographed by NASA), as that student sees her: {out}'


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
    comparison = compare(config, checkpoint)
    metrics = comparison.scores()
    write_json(work_dir / 'metrics.json', metrics)
    draw_people(config, checkpoint, work_dir / 'overlays')
    student_file, _ = export_student(checkpoint, work_dir / 'student.pth', force=True)
    contenders = (*comparison.teachers.values(), comparison.student)
    print('\n\n'.join(format_evaluation(contender.evaluation) for contender in contenders))
    print(f'\n{format_comparison(comparison)}\n\n{work_dir}: metrics.json, {student_file.name}, people.jpg, overlays/')
    print(f'\n{draw_photograph(work_dir / "astronaut.jpg")}')
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
