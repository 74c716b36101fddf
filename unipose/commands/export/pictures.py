"""Pictures of people that an exported file is checked on, and that int8 is calibrated on."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmpose.registry import TRANSFORMS

from unipose.commands.detectors import Detect
from unipose.console.mistakes import MISTAKES, error_message
from unipose.datasets.synthetic import generate_coco
from unipose.files import read_image, read_json
from unipose.files.read_config import read_config
from unipose.media import list_images
from unipose.visualization.canvas_samples import CanvasSamples

from .deployed_student import Exportable

_SYNTHETIC = 24  # images


def check_pictures(
    student: Exportable, folder: Path | None = None, detect: Detect | None = None, limit: int = 64
) -> np.ndarray:
    """Crops of people, as the student is fed them.

    Args:
        student: The student.
        folder: An image or a folder of images; by default synthetic people are drawn.
        detect: What finds people in them; by default the whole image is a box.
        limit: At most so many people.

    Returns:
        ``[N, H, W, 3]``, uint8, BGR.

    Raises:
        ValueError: If there is no image, or nobody in any.
    """
    steps = [dict(type='GetBBoxCenterScale'), dict(type='TopdownAffine', input_size=student.input_size)]
    crop = Compose([TRANSFORMS.build(step) for step in steps])
    people = _synthetic() if folder is None else _in_folder(folder, detect)
    crops = [crop(dict(img=image, bbox=box[None]))['img'] for image, box in islice(people, limit)]
    if not crops:
        raise ValueError(f'nobody is found in {folder}; give pictures of people to check the file on')
    return np.stack(crops)


def training_crops(student: Exportable, config: Config, limit: int = 256) -> np.ndarray:
    """Crops of a config's training people, evenly spread over its sources, without random augmentation.

    Args:
        student: The student.
        config: The training config.
        limit: At most about so many people.

    Returns:
        ``[N, H, W, 3]``, uint8, BGR.

    Raises:
        FileNotFoundError: If its data are not in place.
        ValueError: If it has no training data of this toolkit's kind, or of another input size.
    """
    dataset = (config.get('train_dataloader') or {}).get('dataset') or {}
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
        samples = CanvasSamples(dataset)
    if samples.student_window.input_size != student.input_size:
        raise ValueError(
            f'its training people are cropped to {samples.student_window.input_size} pixels (width, height), the '
            f'student takes {student.input_size}; give the config that it was trained with'
        )
    people = samples.spread(max(limit // len(samples.dataset.sources), 1))
    canvases = torch.from_numpy(np.stack([person.image for person in people])).permute(0, 3, 1, 2)
    windows = samples.canvas.extract(canvases.float(), samples.student_window)
    return windows.round().byte().permute(0, 2, 3, 1).numpy()


def calibration_people(student: Exportable, config: str | Path | None = None) -> np.ndarray:
    """Crops of training people that int8 is calibrated on, see :func:`training_crops`.

    Args:
        student: The student.
        config: Config file of these people; by default the student's own.

    Raises:
        ValueError: If there are none.
    """
    try:
        return training_crops(student, read_config(config) if config else student.config)
    except MISTAKES as error:
        raise ValueError(
            'int8 is calibrated on training people, and there are none: give --calibrate-on CONFIG, a training config '
            f'whose data are in place ({error_message(error)})'
        ) from error


def _in_folder(folder: Path, detect: Detect | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for path in list_images([folder]).images:
        image = read_image(path)
        whole = np.array([[0, 0, image.shape[1], image.shape[0]]], np.float32)
        yield from ((image, box) for box in (detect(image)[0] if detect else whole))


def _synthetic() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        generate_coco(root, {'val2017': _SYNTHETIC}, seed=0)
        content = read_json(root / 'annotations/person_keypoints_val2017.json')
        names = {image['id']: image['file_name'] for image in content['images']}
        for person in content['annotations']:
            left, top, width, height = person['bbox']
            image = read_image(root / 'val2017' / names[person['image_id']])
            yield image, np.array([left, top, left + width, top + height], np.float32)
