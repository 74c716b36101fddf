"""Weights change their layout, not what they compute; teachers' too."""

from types import SimpleNamespace

import torch
from mmpose.registry import HOOKS, MODELS

from tests.builders import canvases, model_config, samples, write_teachers


def test_student_and_teachers_change_their_layout(tmp_path) -> None:
    torch.manual_seed(0)
    model = MODELS.build(model_config('coco+mpii', 21, teachers=write_teachers(tmp_path)))
    before = model.loss(canvases(2), samples(2))
    HOOKS.build(dict(type='ChannelsLastHook')).before_train(SimpleNamespace(model=model))
    for part in (model, *(teacher.network.model for teacher in model.teachers.values())):
        kernels = [weight for weight in part.state_dict().values() if weight.dim() == 4]
        assert kernels and all(kernel.is_contiguous(memory_format=torch.channels_last) for kernel in kernels)
    after = model.loss(canvases(2), samples(2))
    assert all(torch.allclose(before[name], after[name], atol=1e-5) for name in before)
