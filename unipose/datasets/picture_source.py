"""One named source of a unified dataset as whole pictures, each with everybody who is annotated in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from unipose.files.coco import read_people
from unipose.skeletons import Skeleton

from .coco_people import reads_coco_people
from .source import Source


class PictureSource(Source):
    """The pictures of a COCO-style file.

    A sample has the people with labelled keypoints, and in ``others`` the boxes of whoever else is known to be there:
    crowds, and people without labelled keypoints. In training only pictures are drawn that have somebody to learn from;
    in test mode all are, since whom a model finds in an empty picture is wrong.

    Args:
        name: Name of the source.
        dataset: Config of a MMPose dataset that reads COCO's annotations, without ``bbox_file``.
        skeleton: The keypoints that it annotates, which must be all that samples are wanted in: where a keypoint is not
            annotated, a model learns from pictures that there is none.
        union: The skeleton that samples are wanted in.
        test_mode: The samples are for evaluation.
        **options: What else :class:`Source` takes.

    Raises:
        FileNotFoundError: If annotations or the image folder are missing.
        ValueError: As :class:`Source`, or if it has no pictures in which everybody is annotated with all keypoints.
    """

    def __init__(
        self,
        name: str,
        dataset: Mapping[str, Any],
        skeleton: Any,
        union: Skeleton,
        test_mode: bool = False,
        **options: Any,
    ) -> None:
        if skeleton is None or dataset.get('bbox_file'):
            raise ValueError(
                f'source {name!r}: whole pictures need people with keypoints, found by nobody else; give it a '
                'skeleton and no bbox_file'
            )
        super().__init__(name, dataset, skeleton, union, test_mode=test_mode, **options)
        self._check_pictures()
        everyone = read_people(self.dataset.ann_file, self.dataset.data_prefix['img'], self.skeleton, keep_others=True)
        rows: dict[int | str, list[int]] = {}
        for row, sample in enumerate(self.dataset.data_list):
            rows.setdefault(sample['img_id'], []).append(row)
        others: dict[int, list[np.ndarray]] = {}
        for other in everyone.others:
            left, top, width, height = other['bbox']
            others.setdefault(other['place'], []).append(np.array([left, top, left + width, top + height], np.float32))
        ids, all_of_them = everyone.images.ids, test_mode and not dataset.get('indices')
        places = [place for place in range(len(ids)) if all_of_them or ids[place] in rows]
        self._paths = [everyone.images.paths[place] for place in places]
        self._sizes = everyone.images.sizes[places, ::-1].astype(np.float32)  # height, width
        self._ids = [ids[place] for place in places]
        self._rows = [rows.get(identity, []) for identity in self._ids]
        self._others = [np.reshape(others.get(place, []), (-1, 4)).astype(np.float32) for place in places]

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """A picture in MMPose's terms: of N people ``keypoints`` ``[N, K, 2]`` (0-based pixels) of the union.

        ``others`` ``[M, 4]``: x1, y1, x2, y2, pixels.
        """
        people = [self.dataset.data_list[row] for row in self._rows[index]]
        places, visible = zip(*map(self._annotated, people)) if people else ((), ())
        count, keypoints = len(people), len(self.union)
        return dict(
            source=self.name,
            id=tuple(person['id'] for person in people),
            img_id=self._ids[index],
            img_path=self._paths[index],
            annotated_shape=self._sizes[index],
            keypoints=np.reshape(places, (count, keypoints, 2)).astype(np.float32),
            keypoints_visible=np.reshape(visible, (count, keypoints)).astype(np.float32),
            bbox=np.reshape([person['bbox'] for person in people], (count, 4)).astype(np.float32),
            bbox_score=np.ones(count, np.float32),
            area=np.array([person['area'] for person in people], np.float32),
            others=self._others[index],
        )

    def _check_pictures(self) -> None:
        if not reads_coco_people(type(self.dataset)):
            raise ValueError(
                f'source {self.name!r}: a {type(self.dataset).__name__} does not say who else is in a picture; whole '
                "pictures are read from files in COCO's format, as by CocoDataset"
            )
        missing = sorted(set(self.union.names) - {self.union.names[index] for index in self.keypoint_map.dst_indices})
        if missing:
            raise ValueError(
                f'source {self.name!r} does not annotate {missing} of {self.union.name!r}, so models would learn from '
                'whole pictures that nobody has them; give the dataset the skeleton of the source'
            )
