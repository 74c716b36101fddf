"""What this machine computes on."""

from mmengine.device import is_cuda_available, is_mlu_available, is_musa_available, is_npu_available


def has_accelerator() -> bool:
    """Whether there is a device beside the CPU that MMEngine trains on."""
    return is_cuda_available() or is_npu_available() or is_mlu_available() or is_musa_available()
