"""Distance between the student's last feature map and a teacher's, seen through a learned alignment."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample

from unipose.simcc import Canvas, Window

from .mean_over_ranks import Sums, mean_over_ranks


class FeatureLoss(nn.Module):
    """``|align(student) - teacher|^2 / |teacher|^2`` over the cells that both see.

    The student's channels are aligned to the teacher's by a learned 1x1 convolution, which only training needs. The
    teacher's map is read where the student's cells are, so windows, input sizes and strides may differ. Dividing by
    the teacher's energy makes a weight mean the same for any teacher: an alignment that says nothing scores 1.

    Args:
        student_channels: Channels of the student's features.
        teacher_channels: Channels of the teacher's features.
        canvas: The canvas that the windows are of.
        student_window: What the student sees.
        teacher_window: What the teacher sees.
        grid_size: Width and height of the student's feature map.

    Source:
        DWPose, https://arxiv.org/abs/2307.15880 (MMPose's ``FeaLoss``), which sums over elements and needs weights of
        about 5e-5.
    """

    def __init__(
        self,
        student_channels: int,
        teacher_channels: int,
        canvas: Canvas,
        student_window: Window,
        teacher_window: Window,
        grid_size: tuple[int, int],
    ) -> None:
        super().__init__()
        self.align = nn.Conv2d(student_channels, teacher_channels, kernel_size=1)
        places = []
        for axis, cells in enumerate(grid_size):
            scale, shift = canvas.map_axis(teacher_window, student_window, axis)
            centres = (torch.arange(cells) + 0.5) * student_window.input_size[axis] / cells - 0.5  # student pixels
            # grid_sample's coordinates run from -1 to 1 between the outer edges of the teacher's input
            places.append((scale * centres + shift + 0.5) * 2 / teacher_window.input_size[axis] - 1)
        x, y = torch.meshgrid(*places, indexing='xy')  # [h, w]
        self.register_buffer('grid', torch.stack([x, y], -1)[None], persistent=False)  # [1, h, w, 2]
        self.register_buffer('seen', (self.grid.abs() <= 1).all(-1), persistent=False)  # [1, h, w]

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Compares two feature maps; a sample whose teacher's map is not finite counts for nothing.

        Args:
            student: ``[B, C, h, w]``.
            teacher: ``[B, C', h', w']``.

        Returns:
            Scalar, 0 where the aligned features are the teacher's.

        Raises:
            ValueError: If the student's map has another size than it was built for.
        """
        return mean_over_ranks(self.sums(student, teacher))

    def sums(self, student: Tensor, teacher: Tensor) -> Sums:
        """What :meth:`forward` is the quotient of, for :func:`means_over_ranks`.

        Raises:
            ValueError: If the student's map has another size than it was built for.
        """
        if student.shape[-2:] != self.grid.shape[1:3]:
            raise ValueError(
                f'student features must be {tuple(self.grid.shape[1:3])} (height, width). Got: '
                f"{tuple(student.shape[-2:])}; in_featuremap_size of the student's head must be that of its backbone"
            )
        grid = self.grid.expand(len(teacher), -1, -1, -1).to(teacher.dtype)
        wanted = grid_sample(teacher, grid, mode='bilinear', padding_mode='border', align_corners=False)
        finite = finite_maps(teacher)[:, None, None, None]
        wanted = torch.where(finite, wanted, 0.0)
        seen = (self.seen[:, None] & finite).to(wanted.dtype)  # [B, 1, h, w]
        error = (self.align(student) - wanted).square() * seen
        return error.sum(), (wanted.square() * seen).sum()


def finite_maps(features: Tensor) -> Tensor:
    """Whose feature maps ``[B, C, h, w]`` hold finite numbers alone, ``[B]``."""
    return features.flatten(1).sum(1, dtype=torch.float32).isfinite()
