"""How well trackers keep people apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from unipose.people import PeopleTracker, Person
from unipose.people.pairs import overlaps
from unipose.skeletons import Skeleton

from .film import FPS, Truth

Track = Callable[[Sequence[Person], float], Sequence[int | None]]
"""From the people of the next frame, and when it is shown, to their ids."""
Seen = Sequence[tuple[Sequence[Truth], Sequence[Person]]]
"""Who there is in each frame of a film, and who was predicted."""
_HIT = 0.5  # IoU of who is taken for whom


def trackers(skeleton: Skeleton) -> dict[str, Callable[[], Track]]:
    """Ours, and those of Roboflow's trackers as they are, where it is installed."""
    found: dict[str, Callable[[], Track]] = {'unipose': lambda: _ours(skeleton)}
    try:
        import trackers as roboflow
    except ImportError:
        print('trackers is not installed (pip install --no-deps trackers==2.6.1): its rows are left out')
        return found
    kinds: dict[str, tuple[Any, dict]] = {
        'SORT': (roboflow.SORTTracker, {}),
        'ByteTrack': (roboflow.ByteTrackTracker, {}),
        'OC-SORT': (roboflow.OCSORTTracker, {}),
        'OC-SORT, at once': (roboflow.OCSORTTracker, dict(minimum_consecutive_frames=1)),
        'BoT-SORT': (roboflow.BoTSORTTracker, dict(enable_cmc=False)),  # the camera stands still
        'C-BIoU': (roboflow.CBIoUTracker, {}),
    }
    return found | {name: lambda kind=kind, more=more: _theirs(kind, more) for name, (kind, more) in kinds.items()}


def _ours(skeleton: Skeleton) -> Track:
    tracker = PeopleTracker(skeleton)
    return lambda people, seconds: [person.track_id for person in tracker(people, seconds)]


def _theirs(kind: Any, more: dict) -> Track:
    from supervision import Detections

    tracker = kind(frame_rate=FPS, **more)

    def track(people: Sequence[Person], _: float) -> list[int | None]:
        ids: list[int | None] = [None] * len(people)
        found = tracker.update(
            Detections(
                xyxy=np.array([person.bbox for person in people], float).reshape(-1, 4),
                confidence=np.array([person.bbox_score for person in people], float),
                data=dict(place=np.arange(len(people))),
            )
        )
        for place, one in zip(found.data.get('place', ()), found.tracker_id, strict=True):
            ids[place] = None if one < 0 else int(one)
        return ids

    return track


def scores(films: Mapping[str, Sequence[Seen]], new_track: Callable[[], Track], every: int = 1) -> dict[str, float]:
    """Scores a tracker on films.

    Args:
        films: By what happens in them.
        new_track: Makes the tracker of a film.
        every: Every so many of a film's frames are looked at.

    Returns:
        ``switches``: how often somebody has another id than before; ``taken``: how often this was another one's; and
        IDF1, the share of places where the one id is told that a person has for longest.
    """
    totals: Counter[str] = Counter()
    for film in (film for of_a_kind in films.values() for film in of_a_kind):
        track, last, owner, together = new_track(), {}, {}, Counter()
        for number, (truths, people) in enumerate(film):
            if number % every:
                continue
            ids = track(people, number / FPS)
            totals['places'] += len(truths) + sum(one is not None for one in ids)
            for one, identity in zip(ids, _identities(people, truths), strict=True):
                if one is None or identity is None:
                    continue
                together[identity, one] += 1
                if last.get(identity, one) != one:
                    totals['switches'] += 1
                    totals['taken'] += owner.get(one, identity) != identity
                last[identity] = one
                owner.setdefault(one, identity)
        table = np.array([[together[identity, one] for one in owner] for identity in last])
        totals['right'] += 2 * int(table[linear_sum_assignment(table, maximize=True)].sum()) if table.size else 0
    return dict(switches=totals['switches'], taken=totals['taken'], idf1=totals['right'] / max(totals['places'], 1))


def _identities(people: Sequence[Person], truths: Sequence[Truth]) -> list[int | None]:
    """Whom each of the predicted people is of."""
    found: list[int | None] = [None] * len(people)
    if people and truths:
        alike = overlaps(np.stack([one.bbox for one in people]), np.stack([one.box for one in truths]))
        for row, column in zip(*linear_sum_assignment(alike, maximize=True), strict=True):
            if alike[row, column] >= _HIT:
                found[row] = truths[column].identity
    return found
