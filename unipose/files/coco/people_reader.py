"""Entries of COCO's annotation files: the one place that says what one means, for check, training and scoring."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import Any

from unipose.compat.oks_evaluation import AREA_PER_BOX
from unipose.files.remark import Remark

from .broken_entry import broken_entry
from .ids import Ids
from .images import Images

_IDS = ('id', 'image_id', 'category_id')
_LARGEST = 1e12  # pixels
CROWD, NO_SIZE, _UNLABELLED = 'a crowd', 'of a box of no size', 'without labelled keypoints'


class PeopleReader:
    """Takes entries as they come, images and annotations in whatever order.

    Args:
        num_keypoints: That a person has.
        folder: Of the images.
        keep_others: Keep crowds and people without labelled keypoints, which scoring must know.
        whole: How many keypoints a person may have beside that, the first of which count.
    """

    def __init__(self, num_keypoints: int, folder: str, keep_others: bool = False, whole: int | None = None) -> None:
        self.num_keypoints, self.whole = num_keypoints, whole
        self.remarks: list[Remark] = []
        self.images = Images(folder, self.tell)
        self.keep_others = keep_others
        self.entries = 0
        # of all annotations that can be told apart
        self.ids = Ids()
        self.image_numbers, self._category_numbers = array('q'), array('q')
        self._categories: list[int | str] = []
        self._numbers: dict[int | str, int] = {}  # of categories
        self.with_keypoints: set[int | str] = set()  # categories
        self.left_out: list[tuple[int, str]] = []  # rows, and why
        self.wrong: list[tuple[int, str, str]] = []  # rows, kind and what
        self.odd_numbers: list[tuple[int, Any, int]] = []  # rows, num_keypoints and how many there are
        self.no_size: list[tuple[int, str]] = []  # rows of people with labelled keypoints, and what their box is
        self.others: dict[int, Mapping[str, Any]] = {}  # by row
        # of those with labelled keypoints
        self.rows = array('q')
        self.boxes, self.areas, self.keypoints = array('d'), array('d'), array('f')

    def tell(self, kind: str, where: str, what: str) -> None:
        """Notes a remark."""
        self.remarks.append(Remark(kind, where, what))

    def add_annotation(self, entry: Any) -> None:
        """Reads an entry of ``annotations``."""
        broken = broken_entry(entry, _IDS)
        self.entries += 1
        if broken:
            self.tell('broken-entry', f'entry {self.entries - 1} of annotations', broken)
            return
        row, category = len(self.ids), entry['category_id']
        self.ids.append(entry['id'])
        self.image_numbers.append(self.images.number(entry['image_id']))
        self._category_numbers.append(self._number_of(category))
        keypoints, is_crowd = entry.get('keypoints'), entry.get('iscrowd')
        if keypoints:
            self.with_keypoints.add(category)
        if self.whole and isinstance(keypoints, list) and len(keypoints) == 3 * self.whole:
            keypoints = keypoints[: 3 * self.num_keypoints]
        wrong = self._wrong(keypoints) if keypoints and not is_crowd else None
        if wrong:
            self.wrong.append((row, *wrong))
            return
        labelled = 0 if is_crowd or not keypoints else self.num_keypoints - keypoints[2::3].count(0)
        said = None if self.whole else entry.get('num_keypoints')
        if said is not None and said != labelled and not is_crowd:
            self.odd_numbers.append((row, said, labelled))
        if labelled:
            self._add_labelled(entry, row, keypoints)
            return
        self._leave_out(entry, row, CROWD if is_crowd else _UNLABELLED, keypoints)

    def category(self, row: int) -> int | str:
        """The category of an annotation."""
        return self._categories[self._category_numbers[row]]

    def _number_of(self, category: int | str) -> int:
        number = self._numbers.setdefault(category, len(self._categories))
        if number == len(self._categories):
            self._categories.append(category)
        return number

    def where(self, row: int) -> str:
        """Which annotation it is, for people."""
        return f'annotation {self.ids[row]} of {self.images.name(self.images.place(self.image_numbers[row]))}'

    def _wrong(self, keypoints: Any) -> tuple[str, str] | None:
        """What is wrong with the list of keypoints as a whole."""
        wanted = 3 * self.num_keypoints
        if isinstance(keypoints, list) and len(keypoints) == wanted:
            return None
        if not isinstance(keypoints, list):
            return 'keypoint-count', f'keypoints are {keypoints!s:.60}, not a list of {wanted} numbers'
        given, several = len(keypoints), len(keypoints) // wanted
        if isinstance(keypoints[0], list):
            return 'keypoint-count', f'{given} lists, not {wanted} numbers in one ({self.num_keypoints} keypoints)'
        said = f'{given} numbers, not {wanted} ({self.num_keypoints} keypoints)'
        if self.whole:
            return 'keypoint-count', f'{said} or {3 * self.whole} ({self.whole})'
        if several > 1 and given == several * wanted:
            said += (
                f": {several} people? Label Studio's COCO export makes one of all in a picture; export JSON, and "
                'convert it with `unipose convert label-studio`'
            )
        return 'keypoint-count', said

    def _add_labelled(self, entry: Mapping[str, Any], row: int, flat: list[Any]) -> None:
        keypoints = numbers('f', flat) or numbers('f', _with_nan(flat))
        if keypoints is None:
            self.wrong.append((row, 'not-a-number', f'keypoints have {_first_odd(flat)!r:.40} among them'))
            return
        box, area = numbers('d', entry.get('bbox')), entry.get('area')
        if box is None or len(box) != 4:
            given = entry.get('bbox')
            is_null = isinstance(given, list) and len(given) == 4 and None in given
            self.wrong.append((row, 'not-a-number' if is_null else 'box-empty', f'box {given!s:.60}'))
            return
        if min(box[2:]) == 0 and all(map(math.isfinite, box)):  # CVAT writes it of who has a single keypoint
            self.no_size.append((row, f'box {list(box)}'))
            self._leave_out(entry, row, NO_SIZE, None)
            return
        if area is not None and not (type(area) in (int, float) and 0 < area < _LARGEST):
            self.wrong.append((row, 'area', f'area {area!r:.40}'))
            return
        self.rows.append(row)
        self.boxes.extend(box)
        self.areas.append(math.nan if area is None else area)
        self.keypoints.extend(keypoints)

    def _leave_out(self, entry: Mapping[str, Any], row: int, why: str, keypoints: Any) -> None:
        self.left_out.append((row, why))
        if self.keep_others:
            self._keep_other(entry, row, keypoints)

    def _keep_other(self, entry: Mapping[str, Any], row: int, flat: Any) -> None:
        """Keeps what detections are compared with, if it says where it is."""
        box, area = numbers('d', entry.get('bbox')), numbers('d', [entry.get('area')])
        if box is None or len(box) != 4 or not all(map(math.isfinite, box)):
            return
        if area is None or not 0 <= area[0] < _LARGEST:
            area = [AREA_PER_BOX * abs(box[2] * box[3])]
        keypoints = numbers('d', flat)
        if keypoints is None or len(keypoints) != 3 * self.num_keypoints or not all(map(math.isfinite, keypoints)):
            keypoints = [0.0] * (3 * self.num_keypoints)
        self.others[row] = dict(
            bbox=list(box), area=area[0], iscrowd=int(entry.get('iscrowd') or 0), keypoints=list(keypoints)
        )


def numbers(kind: str, values: Any) -> array | None:
    """An array of a list; None where it is no list of numbers alone."""
    try:
        return array(kind, values) if isinstance(values, list) else None
    except (TypeError, OverflowError):
        return None


def _with_nan(values: list[Any]) -> list[Any]:
    return [math.nan if value is None else value for value in values]


def _first_odd(values: list[Any]) -> Any:
    return next((value for value in values if type(value) not in (int, float, type(None))), values[:1])
