"""The union of several skeletons: every keypoint once, matched by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .skeleton import Skeleton


def union(*skeletons: Skeleton, name: str | None = None, aliases: Mapping[str, str] | None = None) -> Skeleton:
    """Joins skeletons by keypoint name, in order of first appearance.

    Each keypoint keeps the sigma, weight and colour of the first skeleton that has it; a sigma that this one does not
    define comes from the next that does. Near-synonyms stay separate unless an alias says that they are the same.

    Args:
        skeletons: The skeletons to join.
        name: Name of the union; by default the names joined by ``+``.
        aliases: Other names for the same keypoint, ``{'neck': 'upper_neck'}``: the key is read as the value.

    Returns:
        The union; ``union(coco, mpii)`` has COCO's 17 keypoints in order, then pelvis, thorax, upper_neck, head_top.

    Raises:
        ValueError: If no skeleton is given, or two skeletons disagree on what mirrors a keypoint.
    """
    if not skeletons:
        raise ValueError('union() needs at least one skeleton')
    aliases = dict(aliases or {})

    def rename(keypoint: str) -> str:
        return aliases.get(keypoint, keypoint)

    keypoints, links = {}, {}
    for skeleton in skeletons:
        for keypoint in skeleton.keypoints:
            renamed = replace(keypoint, name=rename(keypoint.name), swap=rename(keypoint.swap), published='')
            first = keypoints.setdefault(renamed.name, renamed)
            if first.sigma is None:
                keypoints[renamed.name] = replace(first, sigma=renamed.sigma)
            if first.swap != renamed.swap:
                raise ValueError(
                    f'skeletons disagree on what mirrors {renamed.name!r}: {first.swap or "nothing"} or '
                    f'{renamed.swap or "nothing"} (in {skeleton.name!r})'
                )
        for link in skeleton.links:
            renamed_link = replace(link, start=rename(link.start), end=rename(link.end))
            links.setdefault(frozenset((renamed_link.start, renamed_link.end)), renamed_link)
    return Skeleton(
        name=name or '+'.join(skeleton.name for skeleton in skeletons),
        keypoints=tuple(keypoints.values()),
        links=tuple(links.values()),
    )
