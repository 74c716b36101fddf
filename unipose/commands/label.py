"""Labels people with the teachers of a config: COCO-style annotations in the union's keypoints."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmpose.structures import PoseDataSample
from torch.utils.data import Dataset
from tqdm import tqdm

from unipose.batches.loaders import sample_loader, stack_samples
from unipose.batches.sample_batch import Samples
from unipose.checkpoints.build_model import build_model
from unipose.checkpoints.model_kinds import refuse_pictures
from unipose.commands.detectors import Detect
from unipose.commands.labelling import KPT_THR, Labelling
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.distillers import MultiTeacherDistiller
from unipose.distillers.combination import fuse
from unipose.files import DamagedImageError, read_image, write_file
from unipose.files.read_config import read_config
from unipose.people import person_score
from unipose.simcc import Persons
from unipose.visualization.canvas_samples import CanvasSamples

Labels = dict[str, Any]


def find_people(images: Sequence[Path], folder: Path, detect: Detect | None = None) -> tuple[Labels, list[str]]:
    """Puts boxes around the people in images.

    Args:
        images: Files in the folder, or in folders of it.
        folder: What their names are relative to.
        detect: Turns an image into boxes ``[N, 4]`` (x1, y1, x2, y2, pixels) and scores ``[N]``; by default the whole
            image is one box.

    Returns:
        COCO-style annotations without keypoints; and what is wrong with images that cannot be read.

    Raises:
        ValueError: If nobody is found.
    """
    records, boxes, skipped = [], [], []
    for path in tqdm(images, unit='image', desc='boxes'):
        try:
            image = read_image(path)
        except DamagedImageError as error:
            skipped.append(str(error))
            continue
        height, width = image.shape[:2]
        records.append(dict(id=len(records) + 1, file_name=os.path.relpath(path, folder), width=width, height=height))
        found = detect(image) if detect else ([[0, 0, width, height]], [1.0])
        for (left, top, right, bottom), score in zip(*(np.asarray(values, np.float64).tolist() for values in found)):
            box = dict(id=len(boxes) + 1, image_id=len(records), category_id=1, score=score)
            boxes.append(dict(box, bbox=[left, top, right - left, bottom - top]))
    if not boxes:
        raise ValueError(f'nobody was found in {len(images)} images, {len(skipped)} unreadable{_first(skipped)}')
    return dict(images=records, annotations=boxes, categories=[dict(id=1, name='person')]), skipped


class LabellingTeachers:
    """Labels people with what the teachers of a config say together.

    Each person is cropped to the canvas as training crops it, without augmentation, and the teachers' targets are fused
    as ``combine='fused'`` fuses them. A keypoint's score is the mean confidence of the teachers that know it, by their
    ``weight``: of one that a single teacher knows, that teacher's. It is labelled (v = 2) where its score reaches
    ``kpt_thr`` and it lies in the image, and has x = y = v = 0 elsewhere.

    Args:
        config: Training config of the student, with teachers.
        kpt_thr: Least score of a keypoint that is labelled.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the config has no teachers that count, or an argument will not do.
    """

    def __init__(self, config: str | Path | Config, kpt_thr: float = KPT_THR) -> None:
        self.config, self.labelling = read_config(config), Labelling(kpt_thr)
        refuse_pictures(self.config, 'give its --checkpoint, with which it labels people itself')
        init_default_scope(self.config.get('default_scope', 'mmpose'))
        model = self.config.get('model') and build_model(self.config)
        weights = model.loss_weights if isinstance(model, MultiTeacherDistiller) else {}
        self.weights = {name: teacher.weight for name, teacher in weights.items() if teacher.weight}
        if not self.weights:
            raise ValueError(
                f'{self.config.filename} has no model with teachers of weight above 0; give one such as '
                'configs/distill_small.py, or the --checkpoint of a model that finds people itself'
            )
        self.model: MultiTeacherDistiller = model.to(get_device()).eval()

    def __call__(self, people: Labels | str | Path, folder: str | Path) -> tuple[Labels, list[str]]:
        """Labels people.

        Args:
            people: Boxes, as :class:`unipose.datasets.person_box_dataset.PersonBoxDataset` reads them: a COCO-style
                file, or its content.
            folder: Folder of the images.

        Returns:
            COCO-style annotations in the model's skeleton, with ``keypoint_scores`` and a ``score``
            (:func:`unipose.people.person_score`) of each person; and what is wrong with images that cannot be read.

        Raises:
            ValueError: If boxes are wrong, or nothing can be labelled.
        """
        dataset, loader = self._dataset(people, folder), self.config.train_dataloader
        batches = sample_loader(
            _People(dataset),
            batch_size=loader.get('batch_size', 1),
            num_workers=loader.get('num_workers', 0),
            collate_fn=_crops_and_problems,
        )
        images: dict[Any, dict[str, Any]] = {}
        annotations: list[dict[str, Any]] = []
        skipped: dict[str, None] = {}
        with tqdm(total=len(dataset), unit='person', desc='labels') as progress:
            for crops, problems in batches:
                skipped.update(dict.fromkeys(problems))
                for sample, places, scores in zip(*self._ask(crops)) if crops else ():
                    images.setdefault(sample.img_id, _image(sample, folder))
                    annotations.append(dict(id=len(annotations) + 1, **self._person(sample, places, scores)))
                progress.update(len(problems) + (len(crops['data_samples']) if crops else 0))
        if not any(person['num_keypoints'] for person in annotations):
            best = max((max(person['keypoint_scores']) for person in annotations), default=None)
            found = f'no image could be read{_first(skipped)}' if best is None else f'their best score is {best:.2f}'
            raise ValueError(
                f'no keypoint of {len(dataset)} people reaches a score of {self.labelling.kpt_thr:g}; {found}'
            )
        return self._head() | dict(images=list(images.values()), annotations=annotations), list(skipped)

    def _dataset(self, people: Labels | str | Path, folder: str | Path) -> UnifiedKeypointDataset:
        with TemporaryDirectory() as temporary:
            if isinstance(people, dict):
                people, content = Path(temporary) / 'people.json', people
                people.write_text(json.dumps(content), encoding='utf-8')
            source = dict(type='PersonBoxDataset', ann_file=str(people), data_prefix=dict(img=str(folder)))
            sources = dict(people=dict(skeleton=None, dataset=source))
            training = dict(self.config.train_dataloader.dataset, skeleton=self.model.skeleton, sources=sources)
            return CanvasSamples(training).dataset

    @torch.no_grad()
    def _ask(self, crops: dict[str, Any]) -> tuple[Samples, list, list]:
        """Samples, and of each the keypoints ``[K, 2]`` (image pixels) and scores ``[K]`` that teachers give it."""
        model, weights = self.model, self.weights
        batch = model.data_preprocessor(crops, training=False)
        persons = Persons.of_samples(batch['data_samples'], batch['inputs'].device)
        said = [model.teachers[name](batch['inputs'], persons).finite_rows()[0] for name in weights]
        target = fuse(said, list(weights.values()))
        # a fused weight is a share of all teachers' weight, also of those that do not know the keypoint
        informed = torch.zeros_like(target.weight[0])
        for name, weight in weights.items():
            informed[list(model.teachers[name].keypoint_map.dst_indices)] += weight
        scores = target.weight * sum(weights.values()) / informed.clamp(min=1e-12)
        samples = batch['data_samples']
        size, scale, center = (
            np.array([sample.metainfo[key] for sample in samples])[:, None]  # [B, 1, 2]
            for key in ('input_size', 'input_scale', 'input_center')
        )
        places = (model.bins.decode(target).cpu().numpy() / size - 0.5) * scale + center
        return samples, places.tolist(), scores.clamp(0, 1).tolist()

    def _person(self, sample: PoseDataSample, places: list[list[float]], scores: list[float]) -> dict[str, Any]:
        found = sample.gt_instances
        score = float(person_score(np.array(scores), found.bbox_scores[0]))
        return self.labelling.person(sample.img_id, sample.ori_shape, found.bboxes[0].tolist(), places, scores, score)

    def _head(self) -> Labels:
        """What annotations say of themselves: who made them, and what their keypoints are."""
        teachers = {}
        for name, weight in self.weights.items():
            teacher = self.model.teachers[name]
            file, digest = teacher.network.weights
            digests = dict(sha256=digest, calibration_sha256=teacher.facts['calibration'])
            teachers[name] = dict(checkpoint=file, weight=weight, **digests)
        return self.labelling.head('labelled by teachers', self.model.skeleton, teachers=teachers)


def write_labels(path: str | Path, labels: Labels) -> None:
    """Writes annotations in one step.

    Raises:
        OSError: If they cannot be written there.
    """
    write_file(path, (json.dumps(labels, allow_nan=False) + '\n').encode())


class _People(Dataset):
    """People cropped one by one; in the place of one whose image is damaged, what is wrong with it."""

    def __init__(self, dataset: UnifiedKeypointDataset) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> dict[str, Any] | str:
        try:
            return self.dataset.pipeline(self.dataset.get_data_info(index))
        except DamagedImageError as error:
            return str(error)


def _crops_and_problems(people: Sequence[dict[str, Any] | str]) -> tuple[dict[str, Any] | None, list[str]]:
    crops = [person for person in people if not isinstance(person, str)]
    return stack_samples(crops) if crops else None, [person for person in people if isinstance(person, str)]


def _first(skipped: Iterable[str]) -> str:
    return ''.join(f', such as {problem}' for problem in islice(skipped, 1))


def _image(sample: PoseDataSample, folder: str | Path) -> dict[str, Any]:
    height, width = sample.ori_shape
    return dict(id=sample.img_id, file_name=os.path.relpath(sample.img_path, folder), width=width, height=height)
