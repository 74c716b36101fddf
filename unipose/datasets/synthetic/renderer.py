"""One person drawn as shaded body parts, and which of its points can be seen."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from .appearance import Colour, shade

# A part is the convex hull of spheres: (part, material, [(point, radius in standing heights)]).
_TRUNK = (
    (
        'pelvis',
        'trousers',
        [('left_mpii_hip', 0.052), ('right_mpii_hip', 0.052), ('left_belt', 0.045), ('right_belt', 0.045)],
    ),
    (
        'torso',
        'shirt',
        [
            ('left_mpii_shoulder', 0.036),
            ('right_mpii_shoulder', 0.036),
            ('left_waist_side', 0.045),
            ('right_waist_side', 0.045),
            ('chest_middle', 0.060),
        ],
    ),
    ('neck', 'skin', [('thorax', 0.030), ('skull', 0.028)]),
    ('face', 'skin', [('skull', 0.047), ('jaw', 0.033)]),
    ('hair', 'hair', [('hair_top', 0.051), ('hair_back', 0.050), ('nape', 0.034)]),
)
_LIMBS = (
    ('thigh', 'trousers', [('mpii_hip', 0.052), ('knee', 0.036)]),
    ('shank', 'calf', [('knee', 0.034), ('ankle', 0.022)]),
    ('foot', 'shoe', [('heel', 0.024), ('toe', 0.018)]),
    ('upper_arm', 'shirt', [('mpii_shoulder', 0.036), ('elbow', 0.026)]),
    ('forearm', 'sleeve', [('elbow', 0.025), ('wrist', 0.018)]),
    ('hand', 'skin', [('wrist', 0.019), ('fingers', 0.016)]),
)
PARTS = _TRUNK + tuple(
    (f'{side}_{part}', material, [(f'{side}_{point}', radius) for point, radius in spheres])
    for side in ('left', 'right')
    for part, material, spheres in _LIMBS
)
PART_NAMES = tuple(name for name, _, _ in PARTS)
# Drawn a little earlier (positive) or later than its depth says, where parts of one depth meet.
DEPTH_BIAS = {'pelvis': 0.02, 'torso': 0.01, 'neck': -0.004}
_RIGID = ('face', 'hair', 'neck')  # no thicker in a stout person
_CLOTHES = ('shirt', 'trousers')
_MAX_EASE = 0.05  # how far the loosest clothes stand off the body, standing heights

# Layers of a part, outside in: radius factor, shift towards the light in radii, brightness. The dark outermost
# layer is the outline that keeps an arm apart from a shirt of its colour.
_LAYERS = ((1.0, 0.0, 0.62), (0.82, 0.10, 0.86), (0.48, 0.28, 1.06))
_CIRCLE = np.stack([np.cos(np.arange(14) * (np.pi / 7)), np.sin(np.arange(14) * (np.pi / 7))], axis=1)
_SHIFT = 4  # OpenCV's fixed point: 1/16 px
# How far behind the front surface a point may lie and still count as visible, in standing heights: the point's own
# depth inside the body plus some slack. A far hip (0.1 behind the near one, plus its thickness) is hidden.
_VISIBLE_WITHIN = {
    'nose': 0.035,
    'eye': 0.03,
    'ear': 0.075,
    'hip': 0.105,
    'shoulder': 0.085,
    'pelvis': 0.12,
    'thorax': 0.12,
}
_VISIBLE_WITHIN_OTHER = 0.075


@dataclass(frozen=True)
class ProjectedFigure:
    """A figure in the image.

    ``names`` are the points' names, ``xy`` ``[P, 2]`` their place in pixels, ``depth`` ``[P]`` their distance behind
    the pelvis in standing heights, ``scale`` ``[P]`` the pixels per standing height where they are. ``drape``
    ``[parts, 3]`` says how far each part's cloth stands off the body and where it hangs to (x, y), standing heights.
    """

    names: dict[str, int]
    xy: np.ndarray
    depth: np.ndarray
    scale: np.ndarray
    girth: float
    drape: np.ndarray = field(default_factory=lambda: np.zeros((len(PARTS), 3)))

    def spheres(self, part: int) -> tuple[np.ndarray, np.ndarray]:
        """Point indices ``[S]`` and radii ``[S]`` (standing heights) of a part."""
        name, _, spheres = PARTS[part]
        thickness = 1.0 if name in _RIGID else self.girth
        radii = np.array([radius for _, radius in spheres]) * thickness + self.drape[part, 0]
        return np.array([self.names[point] for point, _ in spheres]), radii


def sample_drape(rng: np.random.Generator, looseness: float) -> np.ndarray:
    """Draw how loosely clothes hang, ``[parts, 3]`` as in :class:`ProjectedFigure`.

    Args:
        rng: Source of all randomness.
        looseness: 0 (tight) to 1 (coats and skirts).
    """
    wide = _MAX_EASE * looseness * rng.random(len(_CLOTHES))
    drape = np.zeros((len(PARTS), 3))
    for part, (_, material, _) in enumerate(PARTS):
        if material in _CLOTHES:
            ease = wide[_CLOTHES.index(material)] * rng.uniform(0.6, 1.0)
            drape[part] = ease, *(0.5 * ease * rng.uniform(-1.0, 1.0, 2))
    return drape


def draw_person(
    image: np.ndarray, figure: ProjectedFigure, colours: dict[str, Colour], light: tuple[float, float]
) -> np.ndarray:
    """Draw a person, far parts first.

    Args:
        image: ``[H, W, 3]`` BGR, drawn on in place.
        figure: What to draw.
        colours: BGR by material.
        light: Direction of the light in the image, (x, y) of unit length.

    Returns:
        The frontmost part of each pixel, ``[H, W]`` uint8: 0 nobody, else 1 + index in :data:`PART_NAMES`.
    """
    labels = np.zeros(image.shape[:2], np.uint8)
    spheres = [figure.spheres(part) for part in range(len(PARTS))]
    order = sorted(
        range(len(PARTS)),
        key=lambda part: -(float(figure.depth[spheres[part][0]].mean()) + DEPTH_BIAS.get(PART_NAMES[part], 0.0)),
    )
    facing = _towards_viewer(figure, 'face_axis', 'upper_neck')
    names = [PART_NAMES[part] for part in order]
    head_done = max(names.index('face'), names.index('hair'))
    for place, part in enumerate(order):
        name, material, _ = PARTS[part]
        points, radii = spheres[part]
        centres = figure.xy[points] + figure.scale[points, None] * figure.drape[part, 1:]
        pixels = (radii * figure.scale[points])[:, None]
        if name == 'face':
            _draw_ears(image, figure, colours['skin'], near=False)
        for factor, shift, brightness in _LAYERS:
            hull = _hull(centres + shift * pixels * light, factor * pixels)
            cv2.fillConvexPoly(image, hull, shade(colours[material], brightness), cv2.LINE_AA, _SHIFT)
            if shift == 0.0:
                cv2.fillConvexPoly(labels, hull, part + 1, cv2.LINE_8, _SHIFT)
        if name == 'face':
            _draw_face(image, figure, colours, facing)
        elif name == 'torso' and _towards_viewer(figure, 'chest_axis', 'upper_neck') > 0.3:
            _draw_print(image, figure, colours['print'])
        if place == head_done:
            _draw_ears(image, figure, colours['skin'], near=True)
    return labels


def self_visible(figure: ProjectedFigure, labels: np.ndarray, name: str, pixel: tuple[int, int]) -> bool:
    """Tell whether no part of the person hides one of its points.

    Args:
        figure: The person.
        labels: Frontmost part of each pixel, from :func:`draw_person`.
        name: The point.
        pixel: (x, y) of the point, inside the image.

    Returns:
        Whether the surface seen at the pixel is the point's own neighbourhood and not a part in front of it.
    """
    label = int(labels[pixel[1], pixel[0]])
    if label == 0:  # on the rim, nothing is in front
        return True
    points, radii = figure.spheres(label - 1)
    surface = _surface_depth(figure, points, radii, np.asarray(pixel, float))
    within = _VISIBLE_WITHIN.get(name.rpartition('_')[2], _VISIBLE_WITHIN_OTHER)
    return bool(figure.depth[figure.names[name]] - surface <= within)


def _surface_depth(figure: ProjectedFigure, points: np.ndarray, radii: np.ndarray, pixel: np.ndarray) -> float:
    """Depth of a part's surface at a pixel: along its axis for two spheres, a weighted mean for more."""
    xy, depth = figure.xy[points], figure.depth[points]
    if len(points) == 2:
        axis = xy[1] - xy[0]
        along = float(np.clip((pixel - xy[0]) @ axis / max(axis @ axis, 1e-6), 0.0, 1.0))
        weights = np.array([1.0 - along, along])
        away = float(np.linalg.norm(pixel - xy[0] - along * axis)) / float(figure.scale[points[0]])
    else:
        weights = 1.0 / (np.sum((xy - pixel) ** 2, axis=1) + 1.0)
        weights /= weights.sum()
        away = 0.0
    return float(weights @ depth) - float(np.sqrt(max((weights @ radii) ** 2 - away**2, 0.0)))


def _hull(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Outline of circles, ``[S, 2]`` and ``[S, 1]`` in pixels, as OpenCV's fixed-point polygon."""
    rims = centres[:, None] + radii[:, None] * _CIRCLE  # [S, 14, 2]
    hull = cv2.convexHull(rims.reshape(-1, 2).astype(np.float32))
    return np.rint(hull * (1 << _SHIFT)).astype(np.int32)


def _towards_viewer(figure: ProjectedFigure, tip: str, origin: str) -> float:
    """Cosine between a direction of the body and the direction to the viewer."""
    return float(figure.depth[figure.names[origin]] - figure.depth[figure.names[tip]])


def _dot(image: np.ndarray, figure: ProjectedFigure, name: str, radius: float, colour: Colour) -> None:
    index = figure.names[name]
    centre, pixels = figure.xy[index] * (1 << _SHIFT), radius * figure.scale[index] * (1 << _SHIFT)
    centre = (round(float(centre[0])), round(float(centre[1])))
    cv2.circle(image, centre, max(round(float(pixels)), 6), colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)


def _draw_face(image: np.ndarray, figure: ProjectedFigure, colours: dict[str, Colour], facing: float) -> None:
    skull = figure.depth[figure.names['skull']]
    for side in ('left', 'right'):
        if figure.depth[figure.names[f'{side}_eye']] < skull - 0.012:
            _dot(image, figure, f'{side}_eye', 0.0105, (235, 235, 235))
            _dot(image, figure, f'{side}_eye', 0.0065, (35, 30, 30))
    if facing > -0.2:
        _dot(image, figure, 'nose', 0.0125, shade(colours['skin'], 0.66))
    if facing > 0.15:
        _dot(image, figure, 'mouth', 0.009, (75, 65, 165))


def _draw_ears(image: np.ndarray, figure: ProjectedFigure, skin: Colour, near: bool) -> None:
    """Draw the ears in front of the skull's middle (``near``) or those behind it."""
    skull = figure.depth[figure.names['skull']]
    for side in ('left', 'right'):
        if (figure.depth[figure.names[f'{side}_ear']] < skull) == near:
            _dot(image, figure, f'{side}_ear', 0.0145, shade(skin, 0.74))


def _draw_print(image: np.ndarray, figure: ProjectedFigure, colour: Colour) -> None:
    _dot(image, figure, 'chest', 0.022, colour)
