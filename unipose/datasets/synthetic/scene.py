"""One image: several people in front of clutter, occluded and truncated, with every keypoint's visibility."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .appearance import sample_appearance
from .camera import Camera
from .clutter import add_texture, draw_background, draw_object
from .figure import ANNOTATOR_SD, sample_proportions, solve, standing_height
from .pose import sample_pose
from .renderer import PART_NAMES, ProjectedFigure, draw_person, sample_drape, self_visible

OUTSIDE, OCCLUDED, VISIBLE = 0, 1, 2  # COCO's v
_NOT_DRAWN = ('face_axis', 'chest_axis')  # directions, not points of the body


@dataclass(frozen=True)
class SceneOptions:
    """What the images look like.

    Args:
        image_size: (width, height) in pixels.
        max_persons: Most people in one image, 1 to 3; there are 1 more often than 2, and 2 more often than 3.
        person_height: Least and greatest standing height in pixels.
        difficulty: 0 to 1; scales the range of poses and views, clutter, occlusion and truncation.
        loose_clothes: 0 to 1; how far shirts and trousers may stand off the body and hide where its joints are.
        label_noise: Scatter of the annotated places, in standard deviations of COCO's annotators (its OKS sigmas).
    """

    image_size: tuple[int, int] = (256, 256)
    max_persons: int = 3
    person_height: tuple[float, float] = (90.0, 200.0)
    difficulty: float = 0.3
    loose_clothes: float = 0.0
    label_noise: float = 0.0

    def __post_init__(self) -> None:
        problems = []
        if len(self.image_size) != 2 or min(self.image_size) < 64:
            problems.append(f'image_size must be (width, height) of at least 64 px each. Got: {self.image_size}')
        if self.max_persons not in (1, 2, 3):
            problems.append(f'max_persons must be 1, 2 or 3. Got: {self.max_persons}')
        if len(self.person_height) != 2 or not 20 <= self.person_height[0] <= self.person_height[1]:
            problems.append(f'person_height must be (least, greatest), at least 20 px. Got: {self.person_height}')
        if not 0.0 <= self.difficulty <= 1.0:
            problems.append(f'difficulty must be within 0 to 1. Got: {self.difficulty}')
        if not 0.0 <= self.loose_clothes <= 1.0:
            problems.append(f'loose_clothes must be within 0 to 1. Got: {self.loose_clothes}')
        if not self.label_noise >= 0.0:
            problems.append(f'label_noise must be 0 or greater. Got: {self.label_noise}')
        if problems:
            raise ValueError('; '.join(problems))


@dataclass(frozen=True)
class SyntheticPerson:
    """What is known about a person in an image.

    ``points`` names every point of the figure, ``xy`` ``[P, 2]`` is its annotated place in pixels (0-based, 0 is the
    centre of the first column), ``visibility`` ``[P]`` is COCO's v. ``silhouette`` ``[H, W]`` (0 or 1) is the body
    inside the image, also where something hides it, ``head_box`` the extent of the drawn head (x1, y1, x2, y2), and
    ``standing_height`` the height in pixels the person would have standing straight.
    """

    points: dict[str, int]
    xy: np.ndarray
    visibility: np.ndarray
    silhouette: np.ndarray
    head_box: np.ndarray
    standing_height: float

    def select(self, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Places ``[K, 2]`` and visibility ``[K]`` of the named points."""
        index = [self.points[name] for name in names]
        return self.xy[index], self.visibility[index]


def render_scene(rng: np.random.Generator, options: SceneOptions) -> tuple[np.ndarray, list[SyntheticPerson]]:
    """Draw one image.

    Args:
        rng: Source of all randomness.
        options: What the image looks like.

    Returns:
        Image ``[H, W, 3]``, BGR uint8; the people in it, far ones first.
    """
    image = draw_background(options.image_size, rng, options.difficulty)
    count = int(rng.choice(3, p=(0.5, 0.33, 0.17))) % options.max_persons + 1
    figures: list[tuple[ProjectedFigure, float]] = []
    for height in np.sort(rng.uniform(*options.person_height, count)):  # small is far
        figures.append(_place(_sample_figure(rng, options), float(height), figures, rng, options))

    turn = rng.uniform(0.75 * math.pi, 1.25 * math.pi) + 0.5 * math.pi  # light from above
    light = (math.cos(turn), math.sin(turn))
    # Who covers each pixel, counted from the back: an entry above a person's own is something in front of them.
    owner = np.zeros(image.shape[:2], np.uint8)
    drawn = []
    for figure, height in figures:
        labels = draw_person(image, figure, sample_appearance(rng), light)
        layer = 2 * len(drawn) + 1
        owner[labels > 0] = layer
        drawn.append((figure, height, labels, layer))
        if rng.random() < 0.05 + 0.35 * options.difficulty:
            mask = np.zeros_like(owner)
            draw_object(image, mask, *_object_place(figure, height, rng), rng)
            owner[mask > 0] = layer + 1
    image = add_texture(image, rng, coarse=0.0, fine=float(rng.uniform(0.05, 0.2 + 0.2 * options.difficulty)))
    persons = [_describe(figure, height, labels, layer, owner) for figure, height, labels, layer in drawn]
    if options.label_noise:
        persons = [_annotate(person, options, rng) for person in persons]
    return image, persons


def point_visibility(figure: ProjectedFigure, labels: np.ndarray, layer: int, owner: np.ndarray, name: str) -> int:
    """Visibility of one point.

    Args:
        figure: The person.
        labels: ``[H, W]``, the person's frontmost part of each pixel.
        layer: The person's entry in ``owner``.
        owner: ``[H, W]``, what covers each pixel; greater is nearer.
        name: The point.

    Returns:
        COCO's v: 0 outside the image, 1 hidden by the person, another one or an object, 2 visible.
    """
    height, width = owner.shape
    x, y = (math.floor(value + 0.5) for value in figure.xy[figure.names[name]])
    if not (0 <= x < width and 0 <= y < height):
        return OUTSIDE
    if owner[y, x] > layer:
        return OCCLUDED
    return VISIBLE if self_visible(figure, labels, name, (x, y)) else OCCLUDED


def _sample_figure(rng: np.random.Generator, options: SceneOptions) -> ProjectedFigure:
    """A figure around the origin, one unit high."""
    proportions = sample_proportions(rng)
    points = solve(proportions, sample_pose(rng, options.difficulty))
    camera = Camera.sample(rng, options.difficulty)
    offsets, depth, magnification = camera.project(np.stack(list(points.values())))
    unit = 1.0 / standing_height(proportions)
    names = {name: index for index, name in enumerate(points)}
    figure = ProjectedFigure(names, offsets * unit, depth, magnification * unit, proportions['girth'])
    if options.loose_clothes:
        figure = replace(figure, drape=sample_drape(rng, options.loose_clothes))
    return figure


def _place(
    figure: ProjectedFigure,
    height: float,
    others: list[tuple[ProjectedFigure, float]],
    rng: np.random.Generator,
    options: SceneOptions,
) -> tuple[ProjectedFigure, float]:
    """Scale a figure and put it where it hides little of the others; some are cut by the image's border."""
    size = np.array(options.image_size, float)
    low, high = _extent(figure)
    truncated = rng.random() < 0.05 + 0.3 * options.difficulty
    margin = 0.06 * height  # room for flesh around the points
    if not truncated:
        height = min(height, float(np.min((size - 2 * margin) / (high - low))))
    beyond = rng.uniform(0.05, 0.3) * height * (high - low) if truncated else np.full(2, -margin)
    first, last = -low * height - beyond, size - 1 - high * height + beyond  # where the pelvis may be
    best, best_overlap = None, np.inf
    for _ in range(12):
        pelvis = np.sort([first, last], axis=0)
        pelvis = rng.uniform(pelvis[0], pelvis[1])
        if truncated and rng.random() < 0.5:  # cut below or above rather than at a side
            pelvis[1] = (first if rng.random() < 0.3 else last)[1]
        box = np.concatenate([pelvis + low * height, pelvis + high * height])
        overlap = max((_overlap(box, np.concatenate(_extent(other))) for other, _ in others), default=0.0)
        if overlap < best_overlap:
            best, best_overlap = pelvis, overlap
        if best_overlap <= 0.15 + 0.4 * options.difficulty:
            break
    return replace(figure, xy=figure.xy * height + best, scale=figure.scale * height), height


def _extent(figure: ProjectedFigure) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest (x, y) of the figure's points."""
    body = [index for name, index in figure.names.items() if name not in _NOT_DRAWN]
    return figure.xy[body].min(axis=0), figure.xy[body].max(axis=0)


def _overlap(box: np.ndarray, other: np.ndarray) -> float:
    """Intersection over the smaller of two boxes (x1, y1, x2, y2)."""
    sides = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    smaller = min(np.prod(box[2:] - box[:2]), np.prod(other[2:] - other[:2]))
    return float(np.prod(np.maximum(sides, 0.0)) / max(smaller, 1e-6))


def _object_place(figure: ProjectedFigure, height: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Centre and extent of an object that hides some of a person, seldom the head."""
    target = ('knee', 'ankle', 'wrist', 'elbow', 'mpii_hip', 'mpii_shoulder')[
        rng.choice(6, p=(0.3, 0.2, 0.15, 0.15, 0.15, 0.05))
    ]
    side = ('left', 'right')[rng.integers(2)]
    centre = figure.xy[figure.names[f'{side}_{target}']] + rng.normal(0.0, 0.05 * height, 2)
    return centre, float(rng.uniform(0.12, 0.28)) * height


def _describe(
    figure: ProjectedFigure, height: float, labels: np.ndarray, layer: int, owner: np.ndarray
) -> SyntheticPerson:
    visibility = np.array([point_visibility(figure, labels, layer, owner, name) for name in figure.names])
    rims = [figure.spheres(PART_NAMES.index(part)) for part in ('face', 'hair')]
    index = np.concatenate([points for points, _ in rims])
    radii = np.concatenate([radii for _, radii in rims])[:, None] * figure.scale[index, None]
    head = np.concatenate([(figure.xy[index] - radii).min(axis=0), (figure.xy[index] + radii).max(axis=0)])
    silhouette = cv2.min(labels, 1)
    return SyntheticPerson(figure.names, figure.xy, visibility, np.asarray(silhouette), head, height)


def _annotate(person: SyntheticPerson, options: SceneOptions, rng: np.random.Generator) -> SyntheticPerson:
    """The person as an annotator clicks it; a point that is inside the image stays inside."""
    sd = np.array([ANNOTATOR_SD.get(name.rpartition('_')[2], ANNOTATOR_SD.get(name, 0.0)) for name in person.points])
    scatter = options.label_noise * person.standing_height * sd[:, None] * rng.standard_normal(person.xy.shape)
    clicked = np.clip(person.xy + scatter, 0.0, np.array(options.image_size) - 1.0)
    return replace(person, xy=np.where(person.visibility[:, None] == OUTSIDE, person.xy, clicked))
