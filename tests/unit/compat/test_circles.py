"""MMPose draws circles with a radius of one element, whatever numpy is installed."""

import numpy as np
import pytest
from mmpose.visualization.opencv_backend_visualizer import OpencvBackendVisualizer

from unipose.compat import circles


@pytest.mark.parametrize(('found', 'acts'), [('1.26.4', False), ('2.3.5', False), ('2.4.0', True), ('2.10.1', True)])
def test_it_acts_from_numpy_2_4_on(monkeypatch: pytest.MonkeyPatch, found: str, acts: bool) -> None:
    monkeypatch.setattr(np, '__version__', found)
    drawn = []
    monkeypatch.setattr(
        OpencvBackendVisualizer, 'draw_circles', lambda self, center, radius, **how: drawn.append((radius, how))
    )
    assert (circles.numpy_refuses_size_one_arrays() is not None) is acts
    visualizer = OpencvBackendVisualizer(backend='opencv')
    visualizer.draw_circles(np.zeros(2), np.array([3.0]), alpha=0.5)
    (radius, how), one = drawn[0], isinstance(drawn[0][0], float)
    assert radius == 3 and one is acts and how == dict(alpha=0.5)


def test_matplotlib_gets_what_it_got(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, '__version__', '2.4.0')
    drawn = []
    monkeypatch.setattr(OpencvBackendVisualizer, 'draw_circles', lambda self, center, radius: drawn.append(radius))
    circles.numpy_refuses_size_one_arrays()
    OpencvBackendVisualizer(backend='matplotlib').draw_circles(np.zeros((2, 2)), radii := np.ones(2))
    assert drawn[0] is radii


def test_a_circle_is_drawn() -> None:
    visualizer = OpencvBackendVisualizer(backend='opencv')
    visualizer.set_image(np.zeros((20, 20, 3), np.uint8))
    visualizer.draw_circles(np.array([10.0, 10.0]), radius=np.array([3]), face_colors=(255, 0, 0))
    assert (visualizer.get_image()[8:12, 8:12, 0] == 255).all() and not visualizer.get_image()[:4].any()
