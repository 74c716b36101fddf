import torch
from mmengine.optim import build_optim_wrapper
from torch import nn


def test_it_computes_in_bf16_and_updates_fp32_weights() -> None:
    model = nn.Linear(8, 4)
    wrapper = build_optim_wrapper(model, dict(type='AutocastOptimWrapper', optimizer=dict(type='SGD', lr=0.1)))
    before = model.weight.detach().clone()
    with wrapper.optim_context(model):
        outputs = model(torch.randn(2, 8))
        assert outputs.dtype == torch.bfloat16
        loss = outputs.float().square().mean()
    wrapper.update_params(loss)
    assert model.weight.dtype == torch.float32 and not torch.equal(model.weight, before)
    assert model(torch.randn(2, 8)).dtype == torch.float32
