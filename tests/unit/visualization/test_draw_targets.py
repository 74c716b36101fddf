import numpy as np
import pytest
import torch

from unipose.media.panels import GAP, STRIP
from unipose.simcc import SimCCBins, SimCCTarget
from unipose.skeletons import load_skeleton
from unipose.visualization import draw_targets

COCO = load_skeleton('coco')
BINS = SimCCBins((96, 128), (3.46, 4.0))
ZOOM, LINES = 2, 17 * 4  # 128 pixels are enlarged to 256; each keypoint has a line of four pixels


def one_keypoint(index: int, x: float, y: float) -> SimCCTarget:
    """A perfect label of one keypoint; nothing is known of the others."""
    keypoints, weight = torch.zeros(1, 17, 2), torch.zeros(1, 17)
    keypoints[0, index], weight[0, index] = torch.tensor([x, y]), 1.0
    return BINS.encode(keypoints, weight)


@pytest.fixture
def black() -> np.ndarray:
    return np.zeros((128, 96, 3), np.uint8)


def test_a_keypoint_and_its_distributions_are_where_it_is(black: np.ndarray) -> None:
    picture = draw_targets(black, dict(student=one_keypoint(5, 30.0, 80.0)), COCO, BINS)
    left = GAP + ZOOM * 96 + GAP
    shown = picture[STRIP : STRIP + ZOOM * 128, left : left + ZOOM * 96]
    color = np.array(COCO.keypoints[5].color[::-1])
    at = np.argwhere((np.abs(shown.astype(int) - color) < 8).all(-1)).mean(0)
    assert at == pytest.approx((ZOOM * 80.5 - 0.5, ZOOM * 30.5 - 0.5), abs=0.6)

    below = picture[STRIP + ZOOM * 128 : STRIP + ZOOM * 128 + LINES, left : left + ZOOM * 96].astype(int)
    beside = picture[STRIP : STRIP + ZOOM * 128, left + ZOOM * 96 : left + ZOOM * 96 + LINES].astype(int)
    for lines, place in ((below, 30), (beside.transpose(1, 0, 2), 80)):
        rows, columns = np.nonzero((lines != lines[0, 0]).any(-1))
        assert set(rows) == set(range(5 * 4, 6 * 4))  # its line and no other
        brightest = np.argmax(lines[22].sum(-1))
        assert abs(brightest - ZOOM * place) <= ZOOM
        assert np.abs(lines[22, brightest] - color).max() < 30  # a perfect label is as bright as its colour
        assert columns.min() < ZOOM * place < columns.max()


def test_an_unsure_keypoint_has_a_line_but_no_place(black: np.ndarray) -> None:
    sure, unsure = one_keypoint(5, 30.0, 80.0), one_keypoint(5, 30.0, 80.0).scaled(0.2)
    picture = draw_targets(black, dict(unsure=unsure), COCO, BINS)
    left = GAP + ZOOM * 96 + GAP
    assert not picture[STRIP : STRIP + ZOOM * 128, left : left + ZOOM * 96].any()
    height = STRIP + ZOOM * 128
    assert (picture[height:] == draw_targets(black, dict(unsure=sure), COCO, BINS)[height:]).all()


def test_a_panel_of_each_target(black: np.ndarray) -> None:
    target = one_keypoint(0, 1.0, 1.0)
    one, two = (draw_targets(black, {str(i): target for i in range(n)}, COCO, BINS, 'title') for n in (1, 2))
    assert two.shape[1] - one.shape[1] == ZOOM * 96 + LINES + GAP
    assert two.shape[0] == one.shape[0] == ZOOM * 128 + LINES + 2 * STRIP + GAP
