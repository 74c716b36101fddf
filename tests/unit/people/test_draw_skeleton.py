import numpy as np
import pytest

from unipose.people import draw_skeleton
from unipose.skeletons import Skeleton, load_skeleton
from unipose.skeletons.skeleton import Keypoint, Link

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)  # RGB, as skeletons have them


@pytest.fixture
def stick():
    """Two keypoints and the link between them, each of its own colour."""
    points = (Keypoint('top', 0.1, color=RED), Keypoint('foot', 0.1, color=GREEN))
    return Skeleton('stick', points, (Link('top', 'foot', BLUE),))


@pytest.fixture
def grey():
    return np.full((200, 100, 3), 128, np.uint8)


UPRIGHT = np.array([[[50.0, 40.0], [50.0, 160.0]]])
SURE = np.ones((1, 2))


def test_keypoints_and_links_have_their_colours_in_bgr(stick, grey):
    drawn = draw_skeleton(grey, UPRIGHT, SURE, stick)
    assert drawn[40, 50].tolist() == [0, 0, 255]
    assert drawn[160, 50].tolist() == [0, 255, 0]
    assert drawn[100, 50].tolist() == [255, 0, 0]
    assert (grey == 128).all()  # the image given is not drawn on
    assert drawn[100, 10].tolist() == [128, 128, 128]


def test_an_unsure_keypoint_is_left_out_with_its_links(stick, grey):
    drawn = draw_skeleton(grey, UPRIGHT, np.array([[0.9, 0.4]]), stick, kpt_thr=0.5)
    assert drawn[40, 50].tolist() == [0, 0, 255]
    assert (drawn[60:] == 128).all()
    assert draw_skeleton(grey, UPRIGHT, np.array([[0.9, 0.4]]), stick, kpt_thr=0.4)[160, 50].tolist() == [0, 255, 0]


def test_drawing_lies_at_sub_pixel_places(stick, grey):
    """The middle of what is drawn is where the keypoint is, also between pixels."""
    point = np.array([[[50.5, 40.25], [50.5, 160.0]]])
    changed = np.abs(draw_skeleton(grey, point, np.array([[1.0, 0.0]]), stick, radius=6).astype(int) - 128).sum(-1)
    rows, columns = np.indices(changed.shape)
    assert (changed * columns).sum() / changed.sum() == pytest.approx(50.5, abs=0.15)
    assert (changed * rows).sum() / changed.sum() == pytest.approx(40.25, abs=0.15)


def test_sizes_follow_the_person_unless_they_are_given(stick):
    image = np.full((800, 800, 3), 128, np.uint8)

    def drawn_width(height, **sizes):
        person = np.array([[[400.0, 400.0 - height / 2], [400.0, 400.0 + height / 2]]])
        return (draw_skeleton(image, person, SURE, stick, **sizes)[400] != 128).any(-1).sum()

    assert drawn_width(100) < drawn_width(400) < drawn_width(700)
    assert drawn_width(100, thickness=5) == drawn_width(700, thickness=5)


def test_near_people_are_drawn_over_far_ones(stick):
    image = np.full((200, 200, 3), 128, np.uint8)
    near, far = [[100, 10], [100, 190]], [[100, 90], [140, 90]]
    for people in ([near, far], [far, near]):
        drawn = draw_skeleton(image, np.array(people, float), np.ones((2, 2)), stick)
        assert drawn[90, 100].tolist() == [255, 0, 0]  # the near one's link, not the far one's keypoint


@pytest.mark.parametrize('place', [(np.nan, 40.0), (np.inf, 0.0), (1e12, 1e12), (-1e7, 5.0)])
def test_keypoints_that_cannot_be_seen_do_no_harm(stick, grey, place):
    drawn = draw_skeleton(grey, np.array([[place, (50.0, 160.0)]]), SURE, stick)
    assert drawn[160, 50].tolist() == [0, 255, 0]


def test_nobody_and_the_union(grey):
    union = load_skeleton('coco+mpii')
    assert (draw_skeleton(grey, np.zeros((0, 21, 2)), np.zeros((0, 21)), union) == grey).all()
    keypoints = np.random.default_rng(0).uniform(10, 90, (3, 21, 2))
    assert (draw_skeleton(grey, keypoints, np.ones((3, 21)), union) != grey).any()


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(image=np.zeros((9, 9), np.uint8)), r'image must be \[H, W, 3\], uint8. Got: \(9, 9\)'),
        (dict(image=np.zeros((9, 9, 3))), 'uint8. Got: .* float64'),
        (dict(keypoints=np.zeros((1, 3, 2))), r'takes keypoints \[N, 2, 2\]'),
        (dict(scores=np.zeros((2, 2))), r'Got: \(1, 2, 2\), \(2, 2\)'),
        (dict(radius=0), 'radius must be positive'),
        (dict(thickness=-1), 'thickness must be positive'),
    ],
)
def test_wrong_arguments(stick, grey, changes, message):
    with pytest.raises(ValueError, match=message):
        draw_skeleton(**(dict(image=grey, keypoints=UPRIGHT, scores=SURE, skeleton=stick) | changes))
