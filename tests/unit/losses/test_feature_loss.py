import pytest
import torch

from unipose.losses import FeatureLoss
from unipose.simcc import Canvas, Window

STUDENT = Window((96, 128), (96, 128))


def build(teacher: Window = STUDENT, channels: int = 3) -> FeatureLoss:
    loss = FeatureLoss(channels, channels, Canvas.around(STUDENT, teacher), STUDENT, teacher, grid_size=(6, 8))
    torch.nn.init.dirac_(loss.align.weight)  # the identity
    torch.nn.init.zeros_(loss.align.bias)
    return loss


def test_equal_features_cost_nothing_and_silence_costs_one() -> None:
    features = torch.randn(2, 3, 8, 6)
    assert build()(features, features).item() == pytest.approx(0, abs=1e-10)
    assert build()(torch.zeros_like(features), features).item() == pytest.approx(1, abs=1e-5)


def test_a_wider_window_is_read_where_the_student_looks() -> None:
    wide = torch.randn(2, 3, 8, 8)  # 128x128 at stride 16: the student sees its columns 1 to 6
    loss = build(Window((128, 128), (128, 128)))
    assert loss(wide[..., 1:7], wide).item() == pytest.approx(0, abs=1e-10)


def test_another_stride_is_interpolated() -> None:
    y, x = torch.meshgrid(torch.arange(16) / 2 - 0.25, torch.arange(12) / 2 - 0.25, indexing='ij')
    fine = torch.stack([x, y, x + y])[None]  # linear in the place, in the student's cells
    y, x = torch.meshgrid(torch.arange(8.0), torch.arange(6.0), indexing='ij')
    assert build()(torch.stack([x, y, x + y])[None], fine).item() == pytest.approx(0, abs=1e-10)


def test_cells_that_the_teacher_does_not_see_do_not_count() -> None:
    narrow = Window((64, 128), (64, 128))
    loss = build(narrow)
    student, teacher = torch.randn(1, 3, 8, 6), torch.randn(1, 3, 8, 4)
    outside = student.clone()
    outside[..., [0, 5]] = 1e3
    assert torch.equal(loss(student, teacher), loss(outside, teacher))


def test_a_teachers_map_that_is_not_finite_counts_for_nothing() -> None:
    student, teacher, loss = torch.randn(3, 3, 8, 6, requires_grad=True), torch.randn(3, 3, 8, 6), build()
    expected = loss(student[[0, 2]], teacher[[0, 2]])
    teacher[1, 0, 3, 3] = float('nan')
    found = loss(student, teacher)
    found.backward()
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    assert (student.grad[1] == 0).all() and (student.grad[0] != 0).any()
    assert all(parameter.grad.isfinite().all() for parameter in loss.parameters())


def test_without_any_finite_map_there_is_nothing_to_learn() -> None:
    student, loss = torch.randn(2, 3, 8, 6, requires_grad=True), build()
    loss(student, torch.full((2, 3, 8, 6), float('inf'))).backward()
    assert (student.grad == 0).all() and (loss.align.weight.grad == 0).all()


def test_a_map_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r'must be \(8, 6\) \(height, width\). Got: \(4, 3\).*in_featuremap_size'):
        build()(torch.randn(1, 3, 4, 3), torch.randn(1, 3, 8, 6))
