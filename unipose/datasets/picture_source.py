"""One named source of a unified dataset as whole pictures, each with everybody who is annotated in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from unipose.compat.oks_evaluation import AREA_PER_BOX
from unipose.files.coco import read_people
from unipose.people.found import boxes_around
from unipose.skeletons import Skeleton

from .coco_people import reads_coco_people
from .source import Source


class PictureSource(Source):
    """The pictures of a file of annotations.

    A sample has the people with labelled keypoints, and in ``others`` the boxes of whoever else is known to be there:
    COCO's crowds, and people without labelled keypoints. In training only pictures are drawn that have somebody to
    learn from; in test mode all of a COCO-style file are, since whom a model finds in an empty picture is wrong.

    Args:
        name: Name of the source.
        dataset: Config of a MMPose dataset, without ``bbox_file``.
        skeleton: The keypoints that it annotates.
        union: The skeleton that samples are wanted in.
        test_mode: The samples are for evaluation.
        everyone: Whether whoever is in a picture is annotated in it, or one of the others; by default of files in
            COCO's format alone, since MPII's leave people out. Where not, nothing teaches that there is nobody.
        boxes: ``'keypoints'`` for boxes around the labelled keypoints (:func:`unipose.people.found.boxes_around`) where
            those of the dataset are no people's: MPII's are squares of the standing height.
        partly_annotated: A source may lack keypoints of the union, and the model's loss heeds ``annotated``; without,
            a model would learn from pictures that nobody has them.
        **options: What else :class:`Source` takes.

    Raises:
        FileNotFoundError: If annotations or the image folder are missing.
        ValueError: As :class:`Source`, or if keypoints or people are left out that a model would learn not to be there.
    """

    def __init__(
        self,
        name: str,
        dataset: Mapping[str, Any],
        skeleton: Any,
        union: Skeleton,
        test_mode: bool = False,
        everyone: bool | None = None,
        boxes: str | None = None,
        partly_annotated: bool = False,
        **options: Any,
    ) -> None:
        if skeleton is None or dataset.get('bbox_file'):
            raise ValueError(
                f'source {name!r}: whole pictures need people with keypoints, found by nobody else; give it a '
                'skeleton and no bbox_file'
            )
        if boxes not in (None, 'keypoints'):
            raise ValueError(f"source {name!r}: boxes are the dataset's, or around 'keypoints'. Got: {boxes!r}")
        if everyone not in (None, True, False):
            raise ValueError(f'source {name!r}: everyone is True or False. Got: {everyone!r}')
        if dataset.get('indices') is not None:
            raise ValueError(
                f'source {name!r}: indices are of people, and whole pictures would lose some of theirs; give it an '
                'ann_file of fewer pictures'
            )
        super().__init__(name, dataset, skeleton, union, test_mode=test_mode, **options)
        is_coco = reads_coco_people(type(self.dataset))
        self.everyone = is_coco if everyone is None else everyone
        self._boxes_of_keypoints, self._known = boxes == 'keypoints', np.zeros(len(union), np.float32)
        self._known[list(self.keypoint_map.dst_indices)] = 1
        if not (partly_annotated or test_mode):
            self._check_pictures(everyone)
        rows: dict[Any, list[int]] = {}
        for row, sample in enumerate(self.dataset.data_list):
            rows.setdefault(sample['img_id'], []).append(row)
        if is_coco:
            self._list_coco(rows, test_mode)
        else:
            self._list_rows(rows)

    def _list_coco(self, rows: Mapping[Any, list[int]], all_of_them: bool) -> None:
        everyone = read_people(self.dataset.ann_file, self.dataset.data_prefix['img'], self.skeleton, keep_others=True)
        others: dict[int, list[np.ndarray]] = {}
        for other in everyone.others:
            left, top, width, height = other['bbox']
            others.setdefault(other['place'], []).append(np.array([left, top, left + width, top + height], np.float32))
        ids = everyone.images.ids
        places = [place for place in range(len(ids)) if all_of_them or ids[place] in rows]
        self._paths = [everyone.images.paths[place] for place in places]
        self._sizes = everyone.images.sizes[places, ::-1].astype(np.float32)  # height, width
        self._ids = [ids[place] for place in places]
        self._rows = [rows.get(identity, []) for identity in self._ids]
        self._others = [np.reshape(others.get(place, []), (-1, 4)).astype(np.float32) for place in places]

    def _list_rows(self, rows: Mapping[Any, list[int]]) -> None:
        self._ids, self._rows, self._paths, self._others = [], [], [], []
        for identity, of_picture in rows.items():
            people = [self.dataset.data_list[row] for row in of_picture]
            labelled = [bool((person['keypoints_visible'] > 0).any()) for person in people]
            if any(labelled):
                self._ids.append(identity)
                self._rows.append([row for row, has in zip(of_picture, labelled) if has])
                self._paths.append(people[0]['img_path'])
                others = [person['bbox'] for person, has in zip(people, labelled) if not has]
                self._others.append(np.reshape(others, (-1, 4)).astype(np.float32))
        self._sizes = [None] * len(self._ids)

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """A picture in MMPose's terms: of N people ``keypoints`` ``[N, K, 2]`` (0-based pixels) of the union.

        ``others`` ``[M, 4]``: x1, y1, x2, y2, pixels; ``annotated`` ``[K]``: 1 for keypoints that the source annotates;
        ``given_bbox`` ``[N, 4]``: boxes as the dataset has them, which ``bbox_padding`` is of.
        """
        people = [self.dataset.data_list[row] for row in self._rows[index]]
        places, visible = zip(*map(self._annotated, people)) if people else ((), ())
        count, keypoints = len(people), len(self.union)
        given = np.reshape([person['bbox'] for person in people], (count, 4)).astype(np.float32)
        sample = dict(
            source=self.name,
            id=tuple(person['id'] for person in people),
            img_id=self._ids[index],
            img_path=self._paths[index],
            keypoints=np.reshape(places, (count, keypoints, 2)).astype(np.float32),
            keypoints_visible=np.reshape(visible, (count, keypoints)).astype(np.float32),
            bbox=given,
            given_bbox=given,
            bbox_padding=self.padding,
            bbox_score=np.ones(count, np.float32),
            area=np.reshape([person['area'] for person in people], count).astype(np.float32),
            others=self._others[index],
            everyone=self.everyone,
            annotated=self._known,
        )
        if self._boxes_of_keypoints and count:
            seen = sample['keypoints_visible'][..., None] > 0
            low, high = (
                edge(np.where(seen, sample['keypoints'], fill), 1)
                for edge, fill in ((np.min, np.inf), (np.max, -np.inf))
            )
            boxes = boxes_around(low, high)
            sample.update(bbox=boxes, area=AREA_PER_BOX * (boxes[:, 2:] - boxes[:, :2]).prod(1))
        return sample if self._sizes[index] is None else dict(sample, annotated_shape=self._sizes[index])

    def _check_pictures(self, everyone: bool | None) -> None:
        if not self.everyone and everyone is None:
            raise ValueError(
                f'source {self.name!r}: a {type(self.dataset).__name__} does not say who else is in a picture, as '
                "files in COCO's format do; say everyone=True where everybody is annotated, else everyone=False"
            )
        missing = sorted(set(self.union.names) - {self.union.names[index] for index in self.keypoint_map.dst_indices})
        if missing:
            raise ValueError(
                f'source {self.name!r} does not annotate {missing} of {self.union.name!r}, so models would learn from '
                'whole pictures that nobody has them; give the dataset the skeleton of the source'
            )
