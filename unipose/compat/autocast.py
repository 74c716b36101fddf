"""What dynamo knows of `torch.cuda.amp.autocast`."""

import inspect

from unipose.compat.patch import Patch


def dynamo_cannot_read_the_old_autocast() -> Patch | None:
    """Give the class the signature of its `__init__`.

    Symptom: `KeyError: dtype` from torch.compile of every CSPNeXt, in Python 3.13.
    Cause: dynamo reads the arguments off the signature of MMDetection's `torch.cuda.amp.autocast`, and the deprecation
    that wraps the class hides it; torch defines what shows it again below Python 3.13 only.
    """
    import torch

    autocast = torch.cuda.amp.autocast
    if 'dtype' in inspect.signature(autocast).parameters:
        return None
    own = inspect.signature(autocast.__init__)
    autocast.__signature__ = own.replace(parameters=list(own.parameters.values())[1:])
    return Patch(
        'dynamo_cannot_read_the_old_autocast',
        'torch.compile cannot read the arguments of the old autocast: shown',
    )
