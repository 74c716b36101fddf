"""Circles that MMPose draws with OpenCV."""

from functools import wraps
from typing import Any

from unipose.compat.patch import Patch
from unipose.compat.pins import numbers


def numpy_refuses_size_one_arrays() -> Patch | None:
    """Give MMPose's visualizer a radius that is a number.

    Symptom: `only 0-dimensional arrays can be converted to Python scalars` when MMPose draws.
    Cause: numpy >= 2.4 makes an error of `int(radius)`, where MMPose's visualizer passes the radius as `[1]` array.
    """
    import numpy as np

    if numbers(np.__version__) < (2, 4):
        return None
    from mmpose.visualization.opencv_backend_visualizer import OpencvBackendVisualizer

    draw_circles = OpencvBackendVisualizer.draw_circles

    @wraps(draw_circles)
    def with_a_number(self: Any, center: Any, radius: Any, *args: Any, **options: Any) -> Any:
        if self.backend == 'opencv':
            radius = np.asarray(radius).item()
        return draw_circles(self, center, radius, *args, **options)

    OpencvBackendVisualizer.draw_circles = with_a_number
    return Patch('numpy_refuses_size_one_arrays', f'numpy {np.__version__} makes no number of an array of one: we do')
