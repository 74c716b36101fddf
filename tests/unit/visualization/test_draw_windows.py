import cv2
import numpy as np
import pytest

from unipose.media.panels import GAP, STRIP
from unipose.simcc import Canvas, Window
from unipose.skeletons import load_skeleton
from unipose.visualization import draw_windows

STUDENT = Window((96, 128), (96, 128))
SQUARE = Window((128, 128), (128, 128))
HALF = Window((128, 128), (64, 64))
CANVAS = Canvas((128, 128))
COCO = load_skeleton('coco')


@pytest.fixture
def image():
    """Smooth, so that halving it is the same by any good method."""
    noise = np.random.default_rng(0).uniform(0, 255, (16, 16, 3)).astype(np.uint8)
    return cv2.resize(noise, (128, 128), interpolation=cv2.INTER_CUBIC)


def draw(image, keypoints=None, visible=None, **changes):
    arguments = dict(
        canvas_image=image,
        keypoints=np.zeros((17, 2)) if keypoints is None else keypoints,
        visible=np.zeros(17) if visible is None else visible,
        skeleton=COCO,
        canvas=CANVAS,
        student_window=STUDENT,
        teacher_windows=dict(coco=STUDENT, mpii=SQUARE, low=HALF),
        zoom=2,
    )
    return draw_windows(**(arguments | changes))


def panels(picture, widths, zoom=2):
    """The panels without their labels, brought back to one pixel per pixel."""
    left = GAP
    for width in widths:
        yield picture[STRIP:-GAP, left : left + zoom * width][::zoom, ::zoom]
        left += zoom * width + GAP


def test_windows_are_shown_as_the_models_see_them(image):
    _, student, coco, mpii, low = panels(draw(image), (128, 96, 96, 128, 64))
    assert (student == image[:, 16:112]).all()
    assert (coco == image[:, 16:112]).all()
    assert (mpii == image).all()
    halved = cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(low[:64].astype(int) - halved).mean() < 2


def test_keypoints_are_drawn_in_the_students_frame(image):
    keypoints, visible = np.full((17, 2), 50.0), np.zeros(17)
    keypoints[0], visible[0] = (20.0, 30.0), 1
    picture = draw(np.zeros_like(image), keypoints, visible, teacher_windows={})
    canvas = picture[STRIP:-GAP, GAP : GAP + 256]
    # the student's pixel (20, 30) is the canvas's (36, 30), whose middle is (72.5, 60.5) after zooming by 2
    colored = np.argwhere((np.abs(canvas.astype(int) - COCO.keypoints[0].color[::-1]) < 8).all(-1))
    assert colored.mean(0) == pytest.approx((60.5, 72.5), abs=0.6)


def test_rectangles_are_where_the_windows_are(image):
    black = np.zeros_like(image)
    canvas, student, *_ = panels(draw(black), (128, 96, 96, 128, 64))
    columns = np.flatnonzero(canvas[64].any(-1))
    assert columns.min() == 0  # the square window's left edge
    assert columns.max() == 127
    assert {16, 111} <= set(columns.tolist())  # the student's edges
    assert not canvas[64, 30:98].any()
    assert not student.any()  # nothing is drawn on what a model sees


def test_a_title_goes_above(image):
    plain, titled = draw(image), draw(image, title='coco: 000000000785.jpg')
    assert titled.shape == (plain.shape[0] + STRIP, *plain.shape[1:])
    assert (titled[STRIP:] == plain).all()
    assert titled[:STRIP].max() > 200


def test_another_canvas_is_refused(image):
    with pytest.raises(ValueError, match='the canvas is 256x256. Got: an image of shape'):
        draw(image, canvas=Canvas((256, 256)))


def test_another_skeleton_is_refused(image):
    with pytest.raises(ValueError, match=r"'coco' takes keypoints \[N, 17, 2\]"):
        draw(image, keypoints=np.zeros((16, 2)), visible=np.zeros(16))
