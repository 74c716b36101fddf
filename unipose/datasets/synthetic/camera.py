"""Perspective view of one figure."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """Where a figure is seen from; angles in radians, distance in standing heights.

    Yaw 0 looks at the person's front, a positive yaw turns the person to the image's right.
    """

    yaw: float
    pitch: float
    roll: float
    distance: float

    @classmethod
    def sample(cls, rng: np.random.Generator, difficulty: float) -> 'Camera':
        """Draw a view, mostly on the frontal half, mildly tilted."""
        frontal = rng.random() < 0.7 - 0.2 * difficulty
        yaw = rng.normal(0.0, 40.0) if frontal else rng.uniform(-180.0, 180.0)
        tilt = 3.0 + 9.0 * difficulty
        pitch, roll = rng.normal(0.0, tilt), rng.normal(0.0, 0.6 * tilt)
        return cls(*(float(np.deg2rad(angle)) for angle in (yaw, pitch, roll)), float(rng.uniform(3.0, 7.0)))

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Project body points.

        Args:
            points: ``[P, 3]``, (left, up, forward) from the pelvis, in standing heights.

        Returns:
            Image offsets from the pelvis ``[P, 2]`` (x right, y down) in standing heights at the pelvis' distance;
            depth behind the pelvis ``[P]``; magnification relative to the pelvis ``[P]``.
        """
        cos_yaw, sin_yaw = np.cos(self.yaw), np.sin(self.yaw)
        cos_pitch, sin_pitch = np.cos(self.pitch), np.sin(self.pitch)
        cos_roll, sin_roll = np.cos(self.roll), np.sin(self.roll)
        # Of a person who faces the camera, left is the image's right, up is -y and forward is towards the viewer.
        axes = np.diag([1.0, -1.0, -1.0])
        yaw = np.array([[cos_yaw, 0.0, -sin_yaw], [0.0, 1.0, 0.0], [sin_yaw, 0.0, cos_yaw]])
        pitch = np.array([[1.0, 0.0, 0.0], [0.0, cos_pitch, -sin_pitch], [0.0, sin_pitch, cos_pitch]])
        roll = np.array([[cos_roll, -sin_roll, 0.0], [sin_roll, cos_roll, 0.0], [0.0, 0.0, 1.0]])
        seen = points @ (roll @ pitch @ yaw @ axes).T
        depth = seen[:, 2]
        magnification = self.distance / np.maximum(self.distance + depth, 0.3)
        return seen[:, :2] * magnification[:, None], depth, magnification
