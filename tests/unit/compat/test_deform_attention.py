"""The function that mmcv runs on a GPU, against the one that it runs on a CPU."""

import torch

from unipose import compat

compat.apply()


def test_values_and_gradients():
    from mmcv.ops.multi_scale_deform_attn import MultiScaleDeformableAttnFunction, multi_scale_deformable_attn_pytorch

    generator = torch.Generator().manual_seed(0)
    shapes, starts = torch.tensor([[4, 3], [2, 2]]), torch.tensor([0, 12])
    sizes = (2, 16, 2, 4), (2, 5, 2, 2, 3, 2), (2, 5, 2, 2, 3)
    leaves = [torch.rand(*size, generator=generator, dtype=torch.float64).requires_grad_() for size in sizes]
    value, places, weights = leaves
    found = MultiScaleDeformableAttnFunction.apply(value, shapes, starts, places, weights, 64)
    expected = multi_scale_deformable_attn_pytorch(value, shapes, places, weights)
    torch.testing.assert_close(found, expected)
    for ours, theirs in zip(*(torch.autograd.grad(output.square().sum(), leaves) for output in (found, expected))):
        torch.testing.assert_close(ours, theirs)
