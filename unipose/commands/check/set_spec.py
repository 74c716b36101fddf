"""Which sets to check: those of a config, or files named one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from unipose.checkpoints.locate import guide
from unipose.files.yolo_pose import DataYaml
from unipose.skeletons import load_skeleton
from unipose.skeletons.loading import SkeletonSpec

_BEGINNING = 1000  # characters


@dataclass(frozen=True)
class SetSpec:
    """A source of a config.

    Args:
        split: ``train`` or ``val``.
        source: Its name.
        options: Arguments of :class:`unipose.datasets.source.Source`.
    """

    split: str
    source: str
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Split and source."""
        return f'{self.split} {self.source}'.rstrip()

    @property
    def ann_file(self) -> Path:
        """The annotation file."""
        return self._root / self.options['dataset']['ann_file']

    @property
    def images(self) -> Path:
        """Folder of the images."""
        return self._root / (self.options['dataset'].get('data_prefix') or {}).get('img', '')

    @property
    def _root(self) -> Path:
        return Path(self.options['dataset'].get('data_root') or '.')


def sets_of_config(config: Config) -> list[SetSpec]:
    """The train and val sources of a config.

    Raises:
        ValueError: If it has none.
    """
    specs = []
    for split in ('train', 'val'):
        dataset = (config.get(f'{split}_dataloader') or {}).get('dataset') or {}
        sources = dataset.get('sources') or {} if isinstance(dataset, Mapping) else {}
        specs += [SetSpec(split, name, source) for name, source in sources.items() if source is not None]
    if not specs:
        raise ValueError(
            f'{config.filename} has no train_dataloader.dataset.sources, so it is no training config of this '
            'repository; check annotation files by --ann-file, --images and --skeleton'
        )
    return specs


def sets_of_files(
    train: tuple[Path, Path], val: tuple[Path, Path] | None, skeleton: SkeletonSpec | None
) -> list[SetSpec]:
    """Sets for annotation files, read as COCO's, as MPII's (a list of people), or as boxes without a skeleton.

    Args:
        train: Annotation file and image folder.
        val: The same of the val set.
        skeleton: Of both; None if only boxes are annotated.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is not JSON, or has joints and no skeleton is named.
    """
    specs = []
    for split, (ann_file, images) in dict(train=train, **(dict(val=val) if val else {})).items():
        is_mpii = _is_list(ann_file)
        if is_mpii and skeleton is None:
            raise ValueError(f"{ann_file} is a list, MPII's layout; name its keypoints: --skeleton mpii")
        kind = 'MpiiDataset' if is_mpii else 'PersonBoxDataset' if skeleton is None else 'CocoDataset'
        dataset = dict(type=kind, ann_file=str(ann_file), data_prefix=dict(img=str(images)))
        specs.append(SetSpec(split, '', dict(skeleton=skeleton and load_skeleton(skeleton), dataset=dataset)))
    return specs


def sets_of_yolo(file: Path, skeleton: SkeletonSpec | None, classes: Sequence[str] | None) -> list[SetSpec]:
    """The train and val sets of an Ultralytics pose dataset.

    Args:
        file: Its ``data.yaml``.
        skeleton: Of both; None to read boxes alone.
        classes: Names of the classes whose rows are people; None where there is but one.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it is none of a pose dataset, or has neither split.
    """
    splits = [split for split in ('train', 'val') if split in DataYaml.read(file).splits]
    if not splits:
        raise ValueError(f'{file} says of neither train nor val where its images are')
    people = dict(type='YoloPoseDataset', ann_file=str(file), classes=classes)
    keypoints = skeleton and load_skeleton(skeleton)
    return [SetSpec(split, '', dict(skeleton=keypoints, dataset=dict(people, split=split))) for split in splits]


def _is_list(path: Path) -> bool:
    """Whether a file begins as a list in JSON does."""
    check_file(path)
    with open(path, encoding='utf-8-sig', errors='replace') as file:
        return file.read(_BEGINNING).lstrip()[:1] == '['


def check_file(path: Path) -> None:
    """Makes sure that there is an annotation file.

    Raises:
        FileNotFoundError: If there is none.
    """
    if not path.is_file():
        raise FileNotFoundError(f'no annotation file {path}; {guide("data/README.md")} says what goes where')
