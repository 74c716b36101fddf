"""Joined groups update parameters as MMEngine's one group for each does."""

import copy

import torch
from mmengine.optim import OptimWrapper, build_optim_wrapper
from torch import nn

CONFIG = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-2, weight_decay=0.1),
    paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0, custom_keys={'2': dict(lr_mult=0.1)}),
)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.Linear(5, 3), nn.Linear(3, 2))


def step(model: nn.Module, wrapper: OptimWrapper) -> None:
    torch.manual_seed(1)
    wrapper.update_params(model(torch.randn(4, 6)).square().mean())


def test_few_groups_do_the_same() -> None:
    one, many = network(), network()
    joined = build_optim_wrapper(one, dict(copy.deepcopy(CONFIG), constructor='GroupedOptimWrapperConstructor'))
    apart = build_optim_wrapper(many, copy.deepcopy(CONFIG))
    assert len(joined.optimizer.param_groups) < len(apart.optimizer.param_groups) == len(list(many.parameters()))
    held = [parameter for group in joined.optimizer.param_groups for parameter in group['params']]
    assert len(held) == len({id(parameter) for parameter in held}) == len(list(one.parameters()))
    for _ in range(3):
        step(one, joined)
        step(many, apart)
    for mine, theirs in zip(one.parameters(), many.parameters()):
        assert torch.allclose(mine, theirs)


def test_without_paramwise_options_there_is_one_group() -> None:
    config = dict(copy.deepcopy(CONFIG), constructor='GroupedOptimWrapperConstructor', paramwise_cfg=None)
    assert len(build_optim_wrapper(network(), config).optimizer.param_groups) == 1
