import numpy as np
import pytest

from unipose.datasets.synthetic import SceneOptions, render_scene
from unipose.datasets.synthetic.appearance import sample_appearance
from unipose.datasets.synthetic.camera import Camera
from unipose.datasets.synthetic.clutter import draw_object
from unipose.datasets.synthetic.figure import COCO_KEYPOINTS, MPII_KEYPOINTS, landmark_names
from unipose.datasets.synthetic.renderer import ProjectedFigure, draw_person
from unipose.datasets.synthetic.scene import OCCLUDED, OUTSIDE, VISIBLE, point_visibility

SIZE = 256


@pytest.fixture
def figure_at(stand):
    def projected(centre: tuple[float, float], yaw: float, height: float = 180.0, **degrees: float) -> ProjectedFigure:
        points = stand(**degrees)
        xy, depth, magnification = Camera(np.deg2rad(yaw), 0.0, 0.0, 5.0).project(np.stack(list(points.values())))
        names = {name: index for index, name in enumerate(points)}
        return ProjectedFigure(names, xy * height + centre, depth, magnification * height, 1.0)

    return projected


def seen(figure: ProjectedFigure, cover=None) -> dict[str, int]:
    """Visibility of all keypoints of a person drawn alone, and then covered by ``cover(image, owner)``."""
    image = np.full((SIZE, SIZE, 3), 128, np.uint8)
    labels = draw_person(image, figure, sample_appearance(np.random.default_rng(0)), (0.0, -1.0))
    owner = (labels > 0).astype(np.uint8)
    if cover:
        cover(image, owner)
    names = landmark_names(COCO_KEYPOINTS, 'coco') + landmark_names(MPII_KEYPOINTS, 'mpii')
    return {name: point_visibility(figure, labels, 1, owner, name) for name in names}


def test_all_is_visible_from_the_front(figure_at):
    assert set(seen(figure_at((128, 128), yaw=0.0)).values()) == {VISIBLE}


def test_only_the_face_is_hidden_from_behind(figure_at):
    visibility = seen(figure_at((128, 128), yaw=180.0))
    assert {name for name, value in visibility.items() if value == OCCLUDED} == {'nose', 'left_eye', 'right_eye'}


@pytest.mark.parametrize(('yaw', 'far'), [(90.0, 'left'), (-90.0, 'right')])
def test_the_far_side_is_hidden_in_profile(figure_at, yaw, far):
    # yaw 90 turns the front to the image's right: the person's right side is near
    visibility = seen(figure_at((128, 128), yaw))
    near = 'right' if far == 'left' else 'left'
    for part in ('ear', 'eye', 'coco_shoulder', 'mpii_shoulder', 'elbow', 'coco_hip', 'mpii_hip'):
        assert visibility[f'{far}_{part}'] == OCCLUDED, part
        assert visibility[f'{near}_{part}'] == VISIBLE, part
    assert visibility['nose'] == VISIBLE


def test_a_hand_behind_the_back_is_hidden(figure_at):
    folded = {f'left_shoulder_{joint}': angle for joint, angle in (('flexion', -40), ('rotation', 90))}
    assert seen(figure_at((128, 128), 0.0, **folded, left_elbow_flexion=80))['left_wrist'] == OCCLUDED
    assert seen(figure_at((128, 128), 180.0, **folded, left_elbow_flexion=80))['left_wrist'] == VISIBLE


def test_a_box_in_front_hides_and_one_behind_does_not(figure_at):
    figure = figure_at((128, 128), yaw=0.0)
    knee = figure.xy[figure.names['left_knee']]

    def cover(image, owner):
        mask = np.zeros_like(owner)
        draw_object(image, mask, knee, 24.0, np.random.default_rng(1))
        owner[mask > 0] = 2

    visibility = seen(figure, cover)
    assert visibility['left_knee'] == OCCLUDED
    assert {value for name, value in visibility.items() if name != 'left_knee'} == {VISIBLE}

    def stand_before(image, owner):
        labels = draw_person(
            image, figure_at((150, 150), 0.0), sample_appearance(np.random.default_rng(1)), (0.0, -1.0)
        )
        owner[labels > 0] = 3

    assert seen(figure, stand_before)['left_coco_hip'] == OCCLUDED


def test_what_lies_outside_the_image_is_outside(figure_at):
    figure = figure_at((3, 128), yaw=0.0)
    visibility = seen(figure)
    for name, value in visibility.items():
        x, y = figure.xy[figure.names[name]]
        assert (value == OUTSIDE) == (not (-0.5 <= x < SIZE - 0.5 and -0.5 <= y < SIZE - 0.5))
    assert visibility['right_coco_shoulder'] == OUTSIDE


def test_left_and_right_follow_the_person(figure_at):
    front, back = figure_at((128, 128), 0.0), figure_at((128, 128), 180.0)
    for name in ('wrist', 'coco_hip', 'mpii_shoulder', 'eye'):
        left, right = front.names[f'left_{name}'], front.names[f'right_{name}']
        assert front.xy[left, 0] > front.xy[right, 0]
        assert back.xy[left, 0] < back.xy[right, 0]


def test_scene_depends_on_its_generator_alone():
    options = SceneOptions()
    np.random.seed(0)
    first, people = render_scene(np.random.default_rng(5), options)
    np.random.seed(1)
    again, people_again = render_scene(np.random.default_rng(5), options)
    other, _ = render_scene(np.random.default_rng(6), options)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(people[0].xy, people_again[0].xy)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(('size', 'difficulty'), [((256, 256), 0.3), ((320, 240), 1.0), ((128, 160), 0.0)])
def test_scenes_are_as_asked(size, difficulty):
    options = SceneOptions(image_size=size, difficulty=difficulty, person_height=(60, 120))
    counts = set()
    for seed in range(25):
        image, people = render_scene(np.random.default_rng(seed), options)
        assert image.shape == (size[1], size[0], 3) and image.dtype == np.uint8
        counts.add(len(people))
        for person in people:
            xy, visibility = person.select(landmark_names(COCO_KEYPOINTS, 'coco'))
            assert np.isfinite(xy).all() and np.count_nonzero(visibility) >= 3
            joints = person.select(['left_elbow', 'right_elbow', 'left_knee', 'right_knee', 'pelvis'])
            for (x, y), v in zip(*joints, strict=True):
                assert v == OUTSIDE or person.silhouette[int(y + 0.5), int(x + 0.5)]
    assert counts == {1, 2, 3}


def test_fewer_people_on_request():
    options = SceneOptions(max_persons=1)
    assert all(len(render_scene(np.random.default_rng(seed), options)[1]) == 1 for seed in range(12))


def test_options_name_every_problem():
    with pytest.raises(ValueError, match=r'image_size.*max_persons.*person_height.*difficulty'):
        SceneOptions(image_size=(8, 8), max_persons=9, person_height=(100, 50), difficulty=2.0)
