"""Gradients of one batch, computed by one process or shared by several; run by test_ddp.py."""

import gc
import sys
from pathlib import Path
from unittest.mock import patch

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import torch
import torch.distributed as dist
from mmengine.logging import MessageHub
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from tests.builders import CANVAS, canvases, model_config, samples
from unipose.engine.optim import FiniteOptimWrapper

COUNT, PARTS = 16, 2
STOPS_AT = 1
CHANGES = dict(
    coco=dict(feature_weight=0.5, precision='fp32'),
    mpii=dict(feature_weight=0.5, precision='fp32', schedule=dict(type='stop', at_epoch=STOPS_AT)),
)


def teach(model: nn.Module, wrapper: FiniteOptimWrapper, inputs: Tensor, data_samples: list) -> None:
    """Adds the gradient of a part of a step."""
    with wrapper.optim_context(model):
        losses = model(inputs, data_samples, mode='loss')
    wrapper.backward(wrapper.scale_loss(model.module.parse_losses(losses)[0]))


def main(folder: Path, out: Path) -> None:
    dist.init_process_group('gloo')
    rank, world_size = dist.get_rank(), dist.get_world_size()
    init_default_scope('mmpose')
    torch.set_num_threads(1)
    torch.manual_seed(0)
    entries = {
        name: dict(config=str(folder / f'{name}.py'), checkpoint=str(folder / f'{name}.pth'), skeleton=name)
        for name in ('coco', 'mpii')
    }
    config = model_config(
        'coco+mpii',
        21,
        canvas_size=CANVAS,
        teachers={name: entry | CHANGES[name] for name, entry in entries.items()},
        combine='fused',
        dialects=dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii')),
    )
    model = MMDistributedDataParallel(MODELS.build(config))
    model.train()
    for module in model.modules():
        if isinstance(module, _BatchNorm):  # synchronised statistics need a GPU
            module.eval()
    batch = samples(COUNT, sources=('coco', 'mpii'))
    for index, sample in enumerate(batch):  # very uneven: the first process has next to no ground truth
        sample.gt_instance_labels.keypoint_weights[:, index % 21 if index < COUNT // 2 else slice(0, 0)] = 0
        if index < COUNT // 2:
            sample.gt_instance_labels.keypoint_weights[:, 2:] = 0
    wrapper = FiniteOptimWrapper(torch.optim.SGD(model.parameters(), lr=0.0), accumulative_counts=PARTS)
    with patch.object(dist, 'all_reduce', wraps=dist.all_reduce) as exchanges:
        for part in range(PARTS):
            share = slice(rank * COUNT // world_size + part, (rank + 1) * COUNT // world_size, PARTS)
            teach(model, wrapper, canvases(COUNT)[share], batch[share])
        wrapper.step()
    # beside DDP's own: what the losses of each part are divided by, and whether all are finite
    assert exchanges.call_count == PARTS + (world_size > 1)
    gradients = {name: parameter.grad.clone() for name, parameter in model.module.named_parameters()}
    MessageHub.get_current_instance().update_info('epoch', STOPS_AT)
    for _ in range(2 * PARTS):  # DDP would complain of a weight that is not used in the second step
        teach(model, wrapper, canvases(COUNT)[share], batch[share])
    if rank == 0:
        torch.save(gradients, out)
    # A reducer that outlives its group destroys it holding the GIL, which the group's own threads may wait for.
    del model, wrapper, module
    gc.collect()
    dist.destroy_process_group()


if __name__ == '__main__':
    main(Path(sys.argv[1]), Path(sys.argv[2]))
