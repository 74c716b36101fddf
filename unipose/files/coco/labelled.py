"""People with labelled keypoints, all together: whose boxes, keypoints and areas are right."""

from __future__ import annotations

import numpy as np

from unipose.compat.oks_evaluation import AREA_PER_BOX
from unipose.files.box_in_picture import described_box, outside
from unipose.skeletons import Skeleton

from .people_reader import PeopleReader

_LEAST_AREA = 1e-3  # of the box; where most cover less, and than a pixel, areas are shares of the picture
_MOST = 0.9  # of the people


class Labelled:
    """People whom a reader has found labelled keypoints of; what is wrong with them is told.

    Args:
        reader: Has read the entries.
        places: Of each person's image in the list, below 0 where there is none, ``[N]``.
        skeleton: The keypoints; None where nothing names them.

    Attributes:
        right: Whether everything is, ``[N]``.
        boxes: x, y, width, height, ``[N, 4]``.
        corners: x1, y1, x2, y2 within the image, ``[N, 4]``.
        keypoints: x, y, v, ``[N, K, 3]``, float32.
        areas: ``[N]``; 0.53 of the box, as far as it lies in the image, where ``has_area`` is False.
        sizes: Width and height of each person's image, ``[N, 2]``.
    """

    def __init__(self, reader: PeopleReader, places: np.ndarray, skeleton: Skeleton | None) -> None:
        self.reader, self.right = reader, places >= 0
        self.names = range(reader.num_keypoints) if skeleton is None else skeleton.names
        self.boxes = np.frombuffer(reader.boxes).reshape(-1, 4)
        self.keypoints = np.frombuffer(reader.keypoints, np.float32).reshape(-1, reader.num_keypoints, 3)
        self.areas = np.frombuffer(reader.areas)
        self.has_area = ~np.isnan(self.areas)
        sizes = reader.images.sizes
        self.sizes = sizes[np.maximum(places, 0)] if len(sizes) else np.ones((len(places), 2))  # any, of a wrong image
        first = self.boxes[:, :2]
        corners = np.stack([first, first + self.boxes[:, 2:]], 1)  # [N, 2, 2]
        self.corners = np.clip(corners, 0, self.sizes[:, None] - 1).reshape(-1, 4)
        self._check_keypoints()
        self._check_boxes()
        self._check_areas()
        within = np.maximum((self.corners[:, 2:] - self.corners[:, :2]).prod(1) * AREA_PER_BOX, 1.0)  # as MMPose has it
        self.areas = np.where(self.has_area, self.areas, within)

    def _check_keypoints(self) -> None:
        visible = self.keypoints[..., 2]
        finite = np.isfinite(self.keypoints).all(-1)
        lost = ~finite & (visible != 0)  # with v = 0 nothing is known, however that is written
        for person in self._wrong(lost.any(1)):
            said = [f'{self.names[i]} {self.keypoints[person, i].tolist()}' for i in np.flatnonzero(lost[person])]
            self._tell('not-a-number', person, ', '.join(said))
        other = (visible != 0) & (visible != 1) & (visible != 2)
        for person in self._wrong(other.any(1)):
            said = [f'{self.names[i]} v = {visible[person, i]:g}' for i in np.flatnonzero(other[person])]
            self._tell('visibility', person, ', '.join(said))
        if not finite.all():
            self.keypoints = np.where(finite[..., None], self.keypoints, np.float32(0))

    def _check_boxes(self) -> None:
        for person in self._wrong(~np.isfinite(self.boxes).all(1)):
            self._tell('not-a-number', person, f'box {self.boxes[person].tolist()}')
        for person in self._wrong((self.boxes[:, 2:] <= 0).any(1)):
            self._tell('box-empty', person, f'box {self.boxes[person].tolist()}')
        gone = (self.corners[:, 2:] <= self.corners[:, :2]).any(1)  # nothing between the first and the last pixel
        for person in self._wrong(gone):
            left, top, width, height = self.boxes[person].tolist()
            box, size = np.array([left, top, left + width, top + height]), self.sizes[person]
            remark = outside('', box, size)
            self._tell('box-outside' if remark else 'box-no-size', person, described_box(box, size))

    def _check_areas(self) -> None:
        pixels = self.boxes[:, 2:].prod(1)
        small = self.right & (self.areas < _LEAST_AREA * pixels)
        are_shares = (small & (self.areas <= 1)).sum() >= _MOST * (self.right & self.has_area).sum()
        what = ': a share of the picture?' if are_shares else ''
        for person in np.flatnonzero(small).tolist():
            said = f'area {self.areas[person]:g}, and the box has {pixels[person]:g} pixels{what}'
            self._tell('area' if are_shares else 'small-area', person, said)
        if are_shares:
            self.right &= ~small

    def _wrong(self, wrong: np.ndarray) -> list[int]:
        """Those who were right until now, and are not."""
        found = np.flatnonzero(wrong & self.right).tolist()
        self.right &= ~wrong
        return found

    def _tell(self, kind: str, person: int, what: str) -> None:
        self.reader.tell(kind, self.reader.where(self.reader.rows[person]), what)
