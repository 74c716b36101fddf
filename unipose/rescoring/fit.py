"""Fits a rescorer to predictions whose OKS is known."""

from __future__ import annotations

import numpy as np
import torch

from unipose.rescoring.rescorer import Rescorer

from .predictions import Predictions

_BATCH = 256
_STEPS = 1000  # at least
_PASSES = 10  # over all people, at least


def fit_rescorer(predictions: Predictions, seed: int = 0) -> Rescorer:
    """Fits a rescorer by least squares, on people and their mirror images.

    Args:
        predictions: People to fit it on.
        seed: Of its first weights, and of the order in which it sees people.

    Returns:
        The rescorer, in eval mode.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        rescorer = Rescorer(predictions.names, predictions.links)
        both = predictions, predictions.mirrored()
        features = torch.cat(
            [rescorer.features(*map(torch.from_numpy, (people.keypoints, people.scores))) for people in both]
        )
        oks = torch.from_numpy(np.tile(predictions.oks, 2)).float()
        rescorer.mean.copy_(features.mean(0))
        rescorer.deviation.copy_(features.std(0, correction=0).clamp(min=1e-3))
        optimizer = torch.optim.AdamW(rescorer.parameters(), lr=2e-3, weight_decay=0.1)
        steps = max(_STEPS, _PASSES * len(oks) // _BATCH)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(steps):
            drawn = torch.randint(len(oks), (_BATCH,))
            loss = (rescorer(features[drawn]) - oks[drawn]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return rescorer.eval()
