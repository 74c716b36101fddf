import numpy as np
import pytest

from unipose.datasets.synthetic import SceneOptions, render_scene, scene
from unipose.datasets.synthetic.appearance import sample_appearance
from unipose.datasets.synthetic.camera import Camera
from unipose.datasets.synthetic.clutter import draw_object
from unipose.datasets.synthetic.figure import ANNOTATOR_SD, COCO_KEYPOINTS, MPII_KEYPOINTS, landmark_names
from unipose.datasets.synthetic.renderer import PARTS, ProjectedFigure, draw_person, sample_drape
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
    wrong = dict(image_size=(8, 8), max_persons=9, person_height=(100, 50), difficulty=2.0)
    wrong.update(loose_clothes=1.5, label_noise=-1.0)
    with pytest.raises(ValueError, match='.*'.join(wrong)):
        SceneOptions(**wrong)
    with pytest.raises(ValueError, match='label_noise'):
        SceneOptions(label_noise=float('nan'))


def test_scenes_without_the_later_options_are_the_earlier_ones():
    # from the generator before it knew of loose clothes and label noise
    image, people = render_scene(np.random.default_rng(5), SceneOptions())
    expected = [
        [[42.376, 45.551], [18.429, 93.526], [47.790, 87.521], [34.924, 145.841]],
        [[214.901, 40.731], [219.770, 104.313], [184.107, 106.201], [192.876, 207.123]],
        [[114.010, 55.099], [116.483, 145.303], [125.360, 126.973], [103.632, 230.931]],
    ]
    names = landmark_names(('nose', 'left_wrist', 'right_hip', 'left_ankle'), 'coco')
    np.testing.assert_allclose([person.select(names)[0] for person in people], expected, atol=1e-3)
    assert [person.select(names)[1].tolist() for person in people] == [[1, 2, 2, 1], [2, 2, 2, 2], [2, 2, 1, 2]]
    blocks = [[159.5, 156.5, 144.2, 138.6], [147.7, 139.7, 123.3, 118.5], [148.0, 141.4, 150.9, 151.9]]
    blocks.append([151.0, 145.5, 141.1, 138.7])
    # means, since single pixels move a little with OpenCV's version
    np.testing.assert_allclose(image.reshape(4, 64, 4, 64, 3).mean((1, 3, 4)), blocks, atol=0.3)


def test_label_noise_scatters_places_alone_and_keeps_them_inside():
    exact, clicked = SceneOptions(difficulty=0.8), SceneOptions(difficulty=0.8, label_noise=3.0)
    for seed in range(20):
        image, people = render_scene(np.random.default_rng(seed), exact)
        same_image, noisy = render_scene(np.random.default_rng(seed), clicked)
        np.testing.assert_array_equal(image, same_image)
        for person, other in zip(people, noisy, strict=True):
            for known in ('visibility', 'silhouette', 'head_box'):
                np.testing.assert_array_equal(getattr(person, known), getattr(other, known))
            outside = person.visibility == OUTSIDE
            np.testing.assert_array_equal(person.xy[outside], other.xy[outside])
            assert (other.xy[~outside] >= 0).all() and (other.xy[~outside] <= SIZE - 1).all()


def test_label_noise_is_a_share_of_the_annotators_scatter():
    noise, scatter = 0.5, {part: [] for part in ANNOTATOR_SD}
    for seed in range(60):
        _, people = render_scene(np.random.default_rng(seed), SceneOptions())
        _, noisy = render_scene(np.random.default_rng(seed), SceneOptions(label_noise=noise))
        for person, other in zip(people, noisy, strict=True):
            for name, index in person.points.items():
                part = name if name in ANNOTATOR_SD else name.rpartition('_')[2]
                sd = noise * ANNOTATOR_SD.get(part, 0.0) * person.standing_height
                # keypoints so far inside that nothing is cut off
                if sd and (abs(person.xy[index] - (SIZE - 1) / 2) < (SIZE - 1) / 2 - 5 * sd).all():
                    scatter[part].extend((other.xy[index] - person.xy[index]) / sd)
    for part, offsets in scatter.items():
        assert len(offsets) > 100 and abs(np.mean(offsets)) < 4 / len(offsets) ** 0.5, part
        assert np.std(offsets) == pytest.approx(1.0, abs=4 / (2 * len(offsets)) ** 0.5), part


def test_loose_clothes_change_the_picture_and_no_keypoint(monkeypatch):
    tight, loose = SceneOptions(), SceneOptions(loose_clothes=1.0)
    # drawn from a generator of its own here, so that the rest of the scene is the same
    monkeypatch.setattr(scene, 'sample_drape', lambda rng, looseness: sample_drape(np.random.default_rng(1), looseness))
    wider = []
    for seed in range(10):
        image, people = render_scene(np.random.default_rng(seed), tight)
        draped, dressed = render_scene(np.random.default_rng(seed), loose)
        assert not np.array_equal(image, draped)
        for person, other in zip(people, dressed, strict=True):
            np.testing.assert_array_equal(person.xy, other.xy)
            assert person.standing_height == other.standing_height
            wider.append(np.count_nonzero(other.silhouette) / np.count_nonzero(person.silhouette))
    assert min(wider) > 1.0 and np.mean(wider) > 1.05


def test_only_clothes_hang_loose():
    drape = sample_drape(np.random.default_rng(0), 1.0)
    clothed = np.array([material in ('shirt', 'trousers') for _, material, _ in PARTS])
    assert (drape[clothed, 0] > 0).all() and not drape[~clothed].any()
    assert not sample_drape(np.random.default_rng(0), 0.0).any()
