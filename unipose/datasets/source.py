"""One named source of a unified dataset: an MMPose dataset read into the union's keypoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unipose.checkpoints.licences import Licence
from unipose.checkpoints.locate import guide
from unipose.checkpoints.manifest import sha256_file
from unipose.files.coco import AnnotationError
from unipose.skeletons import KeypointMap, Skeleton, load_skeleton

from .keypoint_weights import keypoint_weights
from .lean_dataset import build_lean

# MMPose's MpiiDataset leaves joints as they are on disk, where the first pixel is 1, though it takes 1 from the centre
_FIRST_PIXEL = {'MpiiDataset': 1}
_PLACES = ('data_root', 'data_prefix', 'ann_file', 'bbox_file', 'headbox_file')
_MAX_PROBLEMS = 5


class Source:
    """Samples of one MMPose dataset, converted by name into a union skeleton and to 0-based pixels.

    Args:
        name: Name of the source; it stays with every sample.
        dataset: Config of the MMPose dataset; its pipeline is not used.
        skeleton: The keypoints that it annotates, see :func:`unipose.skeletons.load_skeleton`; None for boxes alone,
            whose samples have keypoints of weight 0: no ground truth, and teachers still speak.
        union: The skeleton that samples are wanted in.
        padding: Factor from the person's box to the student's (RTMPose: 1.25).
        ratio: How often each sample is drawn per epoch, on average.
        first_pixel: Coordinate of the first pixel in the annotations, 0 or 1; by default 1 for MpiiDataset, else 0.
        aliases: Other names of keypoints, see :class:`unipose.skeletons.KeypointMap`.
        test_mode: The samples are for evaluation.
        license: Of its annotations and images, see :meth:`unipose.checkpoints.licences.Licence.of`; it changes no
            sample, and goes with the student.
        partial: The union may lack some of its keypoints, whose annotations are then left out.
        substitutes: Points of the union that stand for keypoints that it lacks, see
            :class:`unipose.skeletons.KeypointMap`.
        weights: What annotations call the weights ``[K]``, 0 to 1, that their labelled keypoints have in training, such
            as ``'keypoint_scores'`` in a file of ``unipose label``; by default they are 1.

    Raises:
        FileNotFoundError: If annotations or the image folder are missing.
        ValueError: If annotations cannot be read, or do not fit the skeleton; the first few problems are listed. If a
            source without keypoints is to be scored, or the licence is none.
    """

    def __init__(
        self,
        name: str,
        dataset: Mapping[str, Any],
        skeleton: Any,
        union: Skeleton,
        padding: float = 1.25,
        ratio: float = 1.0,
        first_pixel: int | None = None,
        aliases: Mapping[str, str] | None = None,
        test_mode: bool = False,
        license: Any = None,
        partial: bool = False,
        substitutes: Mapping[str, str] | None = None,
        weights: str | None = None,
    ) -> None:
        if padding <= 0 or ratio < 0:
            raise ValueError(f'source {name!r}: padding must be > 0, ratio >= 0. Got: {padding}, {ratio}')
        self.name = name
        self.padding = padding
        self.ratio = ratio
        self.licence = Licence.of(license, f'source {name!r}')
        if skeleton is None and test_mode:
            raise ValueError(
                f'source {name!r} has no keypoints (skeleton=None) to score predictions by; take it out of '
                f'val_dataloader and test_dataloader: dataset.sources.{name}=None'
            )
        if skeleton is None and (aliases or substitutes or first_pixel):
            raise ValueError(
                f'source {name!r} has no keypoints (skeleton=None) for aliases, substitutes or first_pixel to change'
            )
        self.union = union
        if dataset.get('data_mode', 'topdown') != 'topdown':
            raise ValueError(
                f"source {name!r}: data_mode must be 'topdown', students see one person at a time. Got: "
                f'{dataset["data_mode"]!r}'
            )
        self.skeleton = None if skeleton is None else load_skeleton(skeleton)
        self.keypoint_map = None
        if self.skeleton is not None:
            self.keypoint_map = KeypointMap(
                self.skeleton, union, aliases, partial, what=f'source {name!r}', substitutes=substitutes
            )
        self.first_pixel = _FIRST_PIXEL.get(dataset.get('type'), 0) if first_pixel is None else first_pixel
        self.options = dict(dataset)
        _check_files(name, dataset)
        annotations = Path(dataset.get('data_root') or '.') / (dataset.get('ann_file') or '')
        # MMPose reads from it how many keypoints a detected box has
        metainfo = {} if self.skeleton is None else dict(metainfo=self.skeleton.to_metainfo())
        try:
            self.dataset = build_lean({**metainfo, **dataset, 'pipeline': [], 'test_mode': test_mode}, self.skeleton)
        except AnnotationError as error:
            raise ValueError(f'source {name!r}: {error}') from error
        except (KeyError, TypeError, ValueError, IndexError, AssertionError) as error:
            raise ValueError(
                f'source {name!r}: {annotations} cannot be read as a {dataset.get("type")} '
                f'({type(error).__name__}: {error}); check that it is the annotation file of this dataset'
            ) from error
        self._check_annotations()
        self._weights = weights and keypoint_weights(self.dataset.ann_file, weights, len(self.skeleton or ()))

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """A sample in MMPose's terms, with ``keypoints`` ``[1, K, 2]`` (0-based pixels) of the union."""
        sample = self.dataset.data_list[index]
        keypoints, visible = self._annotated(sample)
        sample.update(source=self.name, bbox_padding=self.padding, keypoints=keypoints, keypoints_visible=visible)
        return sample

    def fingerprint(self) -> dict[str, Any]:
        """What its samples are, in plain values."""
        files = dict(ann_file=self.dataset.ann_file, bbox_file=self.options.get('bbox_file'))
        digests = {key: sha256_file(path) for key, path in files.items() if path}
        if hasattr(self.dataset, 'annotations_sha256'):  # they are in more files than that
            digests['ann_file'] = self.dataset.annotations_sha256
        return dict(
            samples=len(self),
            skeleton=self.skeleton and self.skeleton.names,
            padding=self.padding,
            first_pixel=self.first_pixel,
            files=digests,
            dataset={key: value for key, value in self.options.items() if key not in _PLACES},
        )

    def _annotated(self, info: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Keypoints ``[1, K, 2]`` and their visibility ``[1, K]`` in the union."""
        if self.keypoint_map is None:
            return np.zeros((1, len(self.union), 2), np.float32), np.zeros((1, len(self.union)), np.float32)
        keypoints = info['keypoints'][..., :2] - np.float32(self.first_pixel)
        visible = info['keypoints_visible'].astype(np.float32)
        if self._weights:
            visible = visible * self._weights[info['id']]
        return self.keypoint_map.scatter(keypoints), self.keypoint_map.scatter(visible)

    def _check_annotations(self) -> None:
        problems = []
        for index in self._suspects():
            info = self.dataset.data_list[index]
            problem = self._problem(info)
            if problem:
                problems.append(f'annotation {info["id"]} of {info["img_path"]} has {problem}')
        if not len(self.dataset):
            problems.append('there is no usable annotation in it')
        if problems:
            shown = problems[:_MAX_PROBLEMS] + ['...'] * (len(problems) > _MAX_PROBLEMS)
            wanted = 'boxes alone'
            if self.skeleton is not None:
                wanted = f'skeleton {self.skeleton.name!r} ({len(self.skeleton)} keypoints)'
            raise ValueError(
                f'source {self.name!r}: {self.dataset.ann_file} does not fit {wanted}, {len(problems)} problems:\n  - '
                + '\n  - '.join(shown)
                + '\nCorrect or remove these annotations, or name the skeleton that the file is annotated with (None '
                'for boxes alone).'
            )

    def _suspects(self) -> Sequence[int]:
        """Samples that may have a problem: found in all of them together, or each one where they are not alike."""
        arrays, shapes = self.dataset.data_list.arrays, dict(bbox=(1, 4))
        if self.skeleton is not None:
            shapes.update(keypoints=(1, len(self.skeleton), 2), keypoints_visible=(1, len(self.skeleton)))
        if any(key not in arrays or arrays[key].shape[1:] != shape for key, shape in shapes.items()):
            return range(len(self.dataset))
        finite = np.isfinite(arrays['bbox']).all((1, 2))
        if self.skeleton is not None:
            unseen = ~(arrays['keypoints_visible'] > 0)
            finite &= (np.isfinite(arrays['keypoints']).all(-1) | unseen).all((1, 2))
        return np.flatnonzero(~finite).tolist()

    def _problem(self, info: Mapping[str, Any]) -> str | None:
        if not np.isfinite(info['bbox']).all():
            return f'a box that is not finite: {info["bbox"].tolist()}'
        if self.skeleton is None:
            return None
        if 'keypoints' not in info:
            return 'no keypoints'
        if info['keypoints'].shape[1] != len(self.skeleton):
            return f'{info["keypoints"].shape[1]} keypoints'
        if not np.isfinite(info['keypoints'][info['keypoints_visible'] > 0]).all():
            return 'keypoints that are not finite numbers'
        return None


def missing_files(dataset: Mapping[str, Any]) -> list[str]:
    """What the config of an MMPose dataset names and is not there, each with its key: files, and the image folder."""
    root = Path(dataset.get('data_root') or '.')
    wanted = {'ann_file': root / dataset['ann_file']} if dataset.get('ann_file') else {}
    # MMPose does not join these with data_root
    wanted |= {key: Path(dataset[key]) for key in ('bbox_file', 'headbox_file') if dataset.get(key)}
    images = root / (dataset.get('data_prefix') or {}).get('img', '')
    missing = [f'{key} {path}' for key, path in wanted.items() if not path.is_file()]
    return missing + [f'image folder {images}'] * (not images.is_dir())


def _check_files(name: str, dataset: Mapping[str, Any]) -> None:
    missing = missing_files(dataset)
    if missing:
        raise FileNotFoundError(
            f'source {name!r} is not in place, missing: {", ".join(missing)}; relative paths are of {Path.cwd()}. '
            'Correct data_root, ann_file and data_prefix of your own data; of COCO and MPII, '
            f'{guide("data/README.md")} says where each file comes from and goes (those under data/demo are made by '
            '`unipose demo`, those under data/demo_teachers by `make demo-teachers`), and `unipose doctor` lists what '
            'is there'
        )
