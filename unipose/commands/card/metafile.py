"""MMPose's metafile.yml: what its model zoo and mim read of a model."""

from __future__ import annotations

from typing import Any

from .results import model_zoo_results
from .run import Run

_COLLECTION = 'RTMPose'
_COLLECTIONS = [
    {
        'Name': _COLLECTION,
        'Paper': {
            'Title': 'RTMPose: Real-Time Multi-Person Pose Estimation based on MMPose',
            'URL': 'https://arxiv.org/abs/2303.07399',
        },
        'README': 'https://github.com/open-mmlab/mmpose/blob/main/projects/rtmpose/README.md',
    }
]


def metafile(run: Run) -> dict[str, Any]:
    """The content of ``metafile.yml``, with the keys of MMPose's own; files are named as they lie beside it."""
    trained_on = [source.title for source in run.trained_on.values()]
    model = {
        'Config': run.shown(run.config_file),
        'In Collection': _COLLECTION,
        'Metadata': {
            'Architecture': [_COLLECTION, run.config.model.backbone.type],
            'Training Data': trained_on[0] if len(trained_on) == 1 else trained_on,
        },
        'Name': run.name,
        'Results': model_zoo_results(run),
        'Weights': run.shown(run.student.checkpoint),
    }
    return {'Collections': _COLLECTIONS, 'Models': [model]}
