"""Gradients of one batch, computed by one process or shared by several; run by test_ddp.py."""

import gc
import sys
from pathlib import Path
from unittest.mock import patch

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules

# isort: split
import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch.nn.modules.batchnorm import _BatchNorm

from tests.builders import CANVAS, canvases, model_config, samples
from unipose.optim import FiniteOptimWrapper

COUNT = 16
ENTRY_CHANGES = dict(feature_weight=0.5, precision='fp32')


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
        teachers={name: entry | ENTRY_CHANGES for name, entry in entries.items()},
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
    share = slice(rank * COUNT // world_size, (rank + 1) * COUNT // world_size)
    wrapper = FiniteOptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    with patch.object(dist, 'all_reduce', wraps=dist.all_reduce) as exchanges:
        losses = model(canvases(COUNT)[share], batch[share], mode='loss')
        wrapper.backward(model.module.parse_losses(losses)[0])
        wrapper.step()
    assert exchanges.call_count == 2  # beside DDP's own: what losses are divided by, and whether all are finite
    gradients = {name: parameter.grad for name, parameter in model.module.named_parameters()}
    if rank == 0:
        torch.save(gradients, out)
    # A reducer that outlives its group destroys it holding the GIL, which the group's own threads may wait for.
    del model, losses, module
    gc.collect()
    dist.destroy_process_group()


if __name__ == '__main__':
    main(Path(sys.argv[1]), Path(sys.argv[2]))
