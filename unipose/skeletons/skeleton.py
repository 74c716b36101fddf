"""A skeleton: named keypoints with what belongs to each, and the links drawn between them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Keypoint:
    """One labelled point of a body.

    Args:
        name: Unique name within the skeleton, such as ``left_wrist``.
        sigma: OKS standard deviation, as a share of the object's scale; None where the dataset defines none (H36M).
        weight: Joint weight, MMPose's ``joint_weights``.
        swap: Name of the mirrored keypoint; empty on the body's midline.
        type: ``upper`` or ``lower`` body, which half-body augmentation asks for.
        color: Drawing colour, RGB.
        published: Name in the dataset's or the model's own files, where it is another.
    """

    name: str
    sigma: float | None
    weight: float = 1.0
    swap: str = ''
    type: str = ''
    color: Color = (51, 153, 255)
    published: str = ''


@dataclass(frozen=True)
class Link:
    """A line drawn between two keypoints, given by name."""

    start: str
    end: str
    color: Color = (51, 153, 255)


@dataclass(frozen=True)
class Skeleton:
    """Named keypoints in order; everything that is indexed is derived from the names.

    Args:
        name: Name of the skeleton, MMPose's ``dataset_name``.
        keypoints: The keypoints in the order of a model's outputs.
        links: The lines between them.

    Raises:
        ValueError: If names repeat, swaps are not mutual, or links name unknown keypoints; all problems at once.
    """

    name: str
    keypoints: tuple[Keypoint, ...]
    links: tuple[Link, ...] = field(default=())

    def __post_init__(self) -> None:
        problems = []
        by_name = {keypoint.name: keypoint for keypoint in self.keypoints}
        repeated = sorted(name for name, count in Counter(self.names).items() if count > 1)
        if not self.keypoints:
            problems.append('it has no keypoints')
        if repeated:
            problems.append(f'keypoint names repeat: {repeated}')
        for keypoint in self.keypoints:
            if keypoint.sigma is not None and not keypoint.sigma > 0:
                problems.append(f'{keypoint.name}: sigma must be a positive number. Got: {keypoint.sigma}')
            if keypoint.type not in ('', 'upper', 'lower'):
                problems.append(f"{keypoint.name}: type must be '', 'upper' or 'lower'. Got: {keypoint.type!r}")
            if not keypoint.swap:
                continue
            if keypoint.swap not in by_name:
                problems.append(f'{keypoint.name} swaps with {keypoint.swap!r}, which is no keypoint')
            elif by_name[keypoint.swap].swap != keypoint.name:
                problems.append(
                    f'{keypoint.name} swaps with {keypoint.swap}, but {keypoint.swap} swaps with '
                    f'{by_name[keypoint.swap].swap or "nothing"}'
                )
        unknown = sorted({end for link in self.links for end in (link.start, link.end)} - set(by_name))
        if unknown:
            problems.append(f'links name unknown keypoints {unknown}; known: {list(self.names)}')
        if problems:
            raise ValueError(f'skeleton {self.name!r} is not valid:\n  - ' + '\n  - '.join(problems))

    def __len__(self) -> int:
        return len(self.keypoints)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Keypoint names in order."""
        return tuple(keypoint.name for keypoint in self.keypoints)

    @property
    def published(self) -> tuple[str, ...]:
        """Names in the dataset's or the model's own files, in order."""
        return tuple(keypoint.published or keypoint.name for keypoint in self.keypoints)

    @property
    def sigmas(self) -> tuple[float, ...]:
        """OKS sigmas in order; NaN where none is defined."""
        return tuple(math.nan if keypoint.sigma is None else keypoint.sigma for keypoint in self.keypoints)

    @cached_property
    def flip_indices(self) -> tuple[int, ...]:
        """Index of each keypoint's mirror image (its own on the midline)."""
        return tuple(self.names.index(keypoint.swap or keypoint.name) for keypoint in self.keypoints)

    @cached_property
    def link_indices(self) -> tuple[tuple[int, int], ...]:
        """Index pairs of the links."""
        return tuple((self.index(link.start), self.index(link.end)) for link in self.links)

    def index(self, name: str) -> int:
        """Index of a keypoint.

        Raises:
            ValueError: If there is none of that name.
        """
        if name not in self.names:
            raise ValueError(f'skeleton {self.name!r} has no keypoint {name!r}; known: {list(self.names)}')
        return self.names.index(name)

    def subset(self, names: Collection[str]) -> Skeleton:
        """The keypoints that are among the names, with the links between them.

        Raises:
            ValueError: If there is none.
        """
        kept = [keypoint for keypoint in self.keypoints if keypoint.name in names]
        if not kept:
            raise ValueError(f'{self.name!r} has none of the keypoints {sorted(names)}')
        links = [link for link in self.links if link.start in names and link.end in names]
        whole = (replace(keypoint, swap=keypoint.swap if keypoint.swap in names else '') for keypoint in kept)
        return Skeleton(self.name, tuple(whole), tuple(links))

    def select(self, names: Sequence[str]) -> Skeleton:
        """Some of the keypoints, in the order of their names, with the links between them.

        Args:
            names: Keypoints to keep, each once. A sided keypoint comes with its mirror image: where that is missing, a
                mirrored picture would show the other side under its name.

        Raises:
            ValueError: If names are unknown, repeat, lack their mirror image, or there is none; all problems at once.
        """
        names, by_name = list(names), {keypoint.name: keypoint for keypoint in self.keypoints}
        chosen = [by_name[name] for name in names if name in by_name]
        unknown = [name for name in names if name not in by_name]
        repeated = [name for name, count in Counter(names).items() if count > 1]
        alone = {keypoint.name: keypoint.swap for keypoint in chosen if keypoint.swap and keypoint.swap not in names}
        problems = [
            *([f'unknown: {unknown}'] if unknown else []),
            *([f'named more than once: {repeated}'] if repeated else []),
            *(f'{name} without its mirror image: name {swap} too' for name, swap in alone.items()),
            *([] if names else ['none is named']),
        ]
        if problems:
            raise ValueError(
                f'keypoints cannot be picked from {self.name!r}:\n  - ' + '\n  - '.join(problems) + '\n'
                f'known: {list(self.names)}'
            )
        links = tuple(link for link in self.links if link.start in names and link.end in names)
        return Skeleton(self.name, tuple(chosen), links)

    def to_metainfo(self) -> dict[str, Any]:
        """MMPose's unparsed ``dataset_info`` form, which :func:`mmpose.datasets.parse_pose_metainfo` reads."""
        return dict(
            dataset_name=self.name,
            paper_info={},
            keypoint_info={
                i: dict(
                    name=k.name,
                    id=i,
                    color=list(k.color),
                    type=k.type,
                    swap=k.swap,
                    **(dict(published=k.published) if k.published else {}),
                )
                for i, k in enumerate(self.keypoints)
            },
            skeleton_info={
                i: dict(link=(link.start, link.end), id=i, color=list(link.color)) for i, link in enumerate(self.links)
            },
            joint_weights=[k.weight for k in self.keypoints],
            sigmas=list(self.sigmas),
        )

    @classmethod
    def from_metainfo(cls, metainfo: Mapping[str, Any]) -> Skeleton:
        """Reads MMPose's ``dataset_info``, or its parsed form, the ``dataset_meta`` of a checkpoint.

        Args:
            metainfo: A mapping with ``keypoint_info``, ``skeleton_info``, ``joint_weights`` and ``sigmas``, or what
                :func:`mmpose.datasets.parse_pose_metainfo` makes of it, with or without a list ``published``.

        Raises:
            ValueError: If keys are missing or lengths disagree.
        """
        if 'keypoint_id2name' in metainfo:
            return cls._from_parsed(metainfo)
        missing = [key for key in ('dataset_name', 'keypoint_info', 'sigmas') if key not in metainfo]
        if missing:
            raise ValueError(f'metainfo lacks {missing}; expected the dataset_info of an MMPose dataset config')
        info = [metainfo['keypoint_info'][i] for i in sorted(metainfo['keypoint_info'])]
        sigmas = list(metainfo['sigmas']) or [math.nan] * len(info)
        weights = list(metainfo.get('joint_weights', [1.0] * len(info)))
        if not len(info) == len(sigmas) == len(weights):
            raise ValueError(
                f'metainfo {metainfo["dataset_name"]!r}: lengths disagree. Got: {len(info)} keypoints, '
                f'{len(sigmas)} sigmas, {len(weights)} joint_weights'
            )
        return cls(
            name=metainfo['dataset_name'],
            keypoints=tuple(
                Keypoint(
                    name=entry['name'],
                    sigma=_sigma(sigma),
                    weight=float(weight),
                    swap=entry.get('swap', ''),
                    type=entry.get('type', ''),
                    color=_color(entry.get('color')),
                    published=entry.get('published', ''),
                )
                for entry, sigma, weight in zip(info, sigmas, weights, strict=True)
            ),
            links=tuple(
                Link(*entry['link'], color=_color(entry.get('color')))
                for entry in metainfo.get('skeleton_info', {}).values()
            ),
        )

    @classmethod
    def _from_parsed(cls, parsed: Mapping[str, Any]) -> Skeleton:
        names = [parsed['keypoint_id2name'][i] for i in range(parsed['num_keypoints'])]
        published = parsed.get('published') or [''] * len(names)
        upper, lower = set(parsed['upper_body_ids']), set(parsed['lower_body_ids'])
        keypoints = tuple(
            Keypoint(
                name=name,
                sigma=_sigma(parsed['sigmas'][i]),
                weight=float(parsed['dataset_keypoint_weights'][i]),
                swap='' if parsed['flip_indices'][i] == i else names[parsed['flip_indices'][i]],
                type='upper' if i in upper else 'lower' if i in lower else '',
                color=_color(parsed['keypoint_colors'][i]),
                published=published[i],
            )
            for i, name in enumerate(names)
        )
        links = tuple(
            Link(names[a], names[b], _color(color))
            for (a, b), color in zip(parsed['skeleton_links'], parsed['skeleton_link_colors'], strict=True)
        )
        return cls(parsed['dataset_name'], keypoints, links)


def _color(color: Any) -> Color:
    return (51, 153, 255) if color is None else tuple(int(channel) for channel in color)


def _sigma(sigma: Any) -> float | None:
    return None if math.isnan(sigma) else round(float(sigma), 6)  # parsed metainfo holds float32
