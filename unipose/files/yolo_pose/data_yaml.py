"""What `data.yaml` says of a dataset: where its images are, and what their labels hold."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SPLITS = ('train', 'val', 'test')
# what Ultralytics lists; those that cannot be decoded here are told when they are read
_SUFFIXES = ('.bmp', '.dng', '.heic', '.jpeg', '.jpg', '.mpo', '.pfm', '.png', '.tif', '.tiff', '.webp')


@dataclass(frozen=True)
class DataYaml:
    """A ``data.yaml`` of Ultralytics' pose datasets.

    Args:
        file: The file.
        path: The dataset's folder, as the file says it; empty where it says none.
        splits: Folders of images and lists of images (``.txt``) of each split, as the file says them.
        names: Classes by number.
        num_keypoints: Of each person.
        has_visibility: Whether labels have x, y, v; else x, y.
        flip_idx: Number of each keypoint's mirror image; None where the file says nothing.
        kpt_names: Names of keypoints by class, in order.

    Source:
        https://docs.ultralytics.com/datasets/pose/
    """

    file: Path
    path: str
    splits: Mapping[str, Sequence[str]]
    names: Mapping[int, str]
    num_keypoints: int
    has_visibility: bool
    flip_idx: Sequence[int] | None
    kpt_names: Mapping[int, Sequence[str]]

    @classmethod
    def read(cls, file: str | Path) -> DataYaml:
        """Reads a file.

        Raises:
            FileNotFoundError: If there is none.
            ValueError: If it is none of a pose dataset.
        """
        file = Path(file)
        if not file.is_file():
            raise FileNotFoundError(f'no file {file}; name the data.yaml of an Ultralytics pose dataset')
        try:
            content = yaml.safe_load(file.read_text(encoding='utf-8'))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ValueError(f'{file} is not YAML: {error}') from error
        if not isinstance(content, Mapping) or 'kpt_shape' not in content:
            raise ValueError(
                f'{file} has no kpt_shape, which the data.yaml of an Ultralytics pose dataset has: '
                'kpt_shape: [17, 3], the number of keypoints, and 3 for x, y, v or 2 for x, y'
            )
        shape = content['kpt_shape']
        if not _are_numbers(shape) or len(shape) != 2 or shape[0] < 1 or shape[1] not in (2, 3):
            raise ValueError(f'{file}: kpt_shape must be [number of keypoints, 2 or 3]. Got: {shape}')
        flip_idx = content.get('flip_idx')
        if flip_idx is not None and not _are_numbers(flip_idx):
            raise ValueError(f'{file}: flip_idx must be a list of numbers. Got: {flip_idx}')
        names = _by_number(file, content, 'names') or {i: f'class_{i}' for i in range(content.get('nc') or 1)}
        kpt_names = _by_number(file, content, 'kpt_names')
        if all(isinstance(name, str) for name in kpt_names.values()):  # one list for all classes
            kpt_names = dict.fromkeys(names, list(kpt_names.values())) if kpt_names else {}
        splits = {split: content.get(split) for split in SPLITS}
        splits['val'] = splits['val'] or content.get('validation')
        return cls(
            file=file,
            path=str(content.get('path') or ''),
            splits={split: _listed(places) for split, places in splits.items() if places},
            names={number: str(name) for number, name in names.items()},
            num_keypoints=shape[0],
            has_visibility=shape[1] == 3,
            flip_idx=flip_idx or None,
            kpt_names={number: _listed(given) for number, given in kpt_names.items()},
        )

    @property
    def columns(self) -> int:
        """Numbers in a row of labels: class, box, keypoints."""
        return 5 + self.num_keypoints * (2 + self.has_visibility)

    def chosen(self, classes: str | Sequence[str] | None) -> list[int]:
        """Numbers of classes.

        Args:
            classes: Their names; None for the only one that there is.

        Raises:
            ValueError: If there are several to choose from, or none of that name.
        """
        if classes is None and len(self.names) == 1:
            return list(self.names)
        wanted, known = _listed(classes or ()), list(self.names.values())
        if not wanted:
            raise ValueError(f"{self.file} has the classes {known}; say whom to read: classes=['{known[0]}']")
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise ValueError(f'{self.file} has no classes {unknown}; it has {known}')
        return [number for number, name in self.names.items() if name in wanted]

    def images(self, split: str) -> tuple[Path, list[Path]]:
        """The dataset's folder, and the images of a split, each once, in order of their names.

        Raises:
            FileNotFoundError: If a place of the split is not there, or has no image.
            ValueError: If there is no such split.
        """
        if split not in self.splits:
            raise ValueError(f'{self.file} has no split {split!r}; it has {list(self.splits)}')
        root, places = self._find(split)
        found = [image for place in places for image in _images_of(place, root)]
        if not found:
            raise FileNotFoundError(f'no image in {", ".join(map(str, places))}, the {split} split of {self.file}')
        return root, sorted(dict.fromkeys(found))

    def _find(self, split: str) -> tuple[Path, list[Path]]:
        """The dataset's folder, and the places of a split.

        Ultralytics goes by ``path`` from where one stands, or from the folder of its settings; files often lie beside
        their images and say another machine's path, or ``../train`` of an archive that was unpacked one level deeper.
        """
        beside = self.file.parent
        roots = list(dict.fromkeys(Path(os.path.abspath(root)) for root in (beside / self.path, self.path, beside)))
        for root in roots:
            places = [_place(root, given) for given in self.splits[split]]
            if all(place.exists() for place in places):
                return root, places
        raise FileNotFoundError(
            f'{self.file}: the images of its {split} split, {list(self.splits[split])}, are not in any of '
            f'{", ".join(map(str, roots))}; correct its path, the folder of the dataset'
        )


def _place(root: Path, given: str) -> Path:
    place = Path(os.path.abspath(root / given))
    if not place.exists() and given.startswith('../'):
        return Path(os.path.abspath(root / given[3:]))
    return place


def _images_of(place: Path, root: Path) -> list[Path]:
    """Images below a folder, or of a list."""
    if place.is_dir():
        files = [Path(file) for file in glob.glob(f'{glob.escape(str(place))}/**/*.*', recursive=True)]
    else:
        lines = place.read_text(encoding='utf-8-sig', errors='replace').splitlines()
        files = [_in_list(line.strip(), place.parent, root) for line in lines if line.strip()]
    return [file for file in files if file.suffix.lower() in _SUFFIXES]


def _in_list(line: str, *folders: Path) -> Path:
    """An image of a list: from the list's folder, the dataset's, or where one stands, as Ultralytics has it."""
    places = [Path(os.path.abspath(folder / line)) for folder in (*folders, Path())]
    return next((place for place in places if place.exists()), places[0])


def _are_numbers(values: Any) -> bool:
    return isinstance(values, Sequence) and all(type(value) is int for value in values)


def _listed(values: Any) -> list[str]:
    return [values] if isinstance(values, str) else [str(value) for value in values]


def _by_number(file: Path, content: Mapping[str, Any], key: str) -> dict[int, Any]:
    """A list, or a mapping of numbers; empty where there is none."""
    values = content.get(key) or {}
    values = values if isinstance(values, Mapping) else dict(enumerate(_listed(values) if key == 'names' else values))
    if not all(type(number) is int for number in values):
        raise ValueError(f'{file}: {key} must be a list, or a mapping of class numbers. Got: {values}')
    return dict(values)
