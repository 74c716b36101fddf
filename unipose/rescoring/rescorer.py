"""A small network that predicts how well a person's keypoints are placed.

It lies in the lowest layer because evaluation and inference, which do not import each other, score people with it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor, nn

from unipose.checkpoints.loading import load_state_dict_file, read_checkpoint
from unipose.checkpoints.locate import locate_file
from unipose.files import write_file

_REMEDY = 'fit one with `unipose rescore` (collect, then train)'
_FARTHEST = 5.0  # standard deviations; beyond what it was fitted on, the network would only extrapolate
_DROPPED = 0.3  # share of inputs of each layer while it is fitted: there may be a few hundred people to fit it on


class Rescorer(nn.Module):
    """Predicts a person's OKS from predicted keypoints and their scores.

    It sees where keypoints are relative to their own centre and extent, how long the skeleton's links are, and the
    scores. The box is not among it: it adds nothing, and datasets differ in how they draw boxes.

    Args:
        names: Names of the keypoints, in the order of the student's outputs.
        links: Pairs of indices of linked keypoints.
        hidden: Width of the two hidden layers.
        measured: What it was fitted on, kept in its file.

    Source:
        The rescoring network of DEKR (Geng et al. 2021, https://arxiv.org/abs/2104.02300), which sees link vectors,
        link lengths and scores: https://github.com/HRNet/DEKR/blob/main/lib/utils/rescore.py
    """

    def __init__(
        self,
        names: Sequence[str],
        links: Sequence[Sequence[int]],
        hidden: int = 64,
        measured: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.names = tuple(map(str, names))
        self.links = [(int(start), int(end)) for start, end in links]
        self.hidden = hidden
        self.measured = dict(measured or {})
        features = 3 * len(self.names) + len(self.links)
        self.register_buffer('mean', torch.zeros(features))
        self.register_buffer('deviation', torch.ones(features))
        self.layers = nn.Sequential(
            nn.Dropout(_DROPPED),
            nn.Linear(features, hidden),
            nn.SiLU(),
            nn.Dropout(_DROPPED),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Dropout(_DROPPED),
            nn.Linear(hidden, 1),
        )

    def features(self, keypoints: Tensor, scores: Tensor) -> Tensor:
        """What the network sees of people.

        Args:
            keypoints: ``[N, K, 2]``, image pixels, xy.
            scores: ``[N, K]``.

        Returns:
            ``[N, F]``; moving or resizing a person changes none of it.
        """
        offsets = keypoints - keypoints.mean(1, keepdim=True)  # [N, K, 2]
        extent = offsets.square().sum(-1).mean(1).sqrt().clamp(min=1.0)  # [N], pixels
        relative = offsets / extent[:, None, None]
        starts, ends = (relative[:, [link[side] for link in self.links]] for side in (0, 1))
        return torch.cat([relative.flatten(1), (starts - ends).norm(dim=-1), scores], dim=1)

    def forward(self, features: Tensor) -> Tensor:
        """Predicts OKS.

        Args:
            features: ``[N, F]``, from :meth:`features`.

        Returns:
            ``[N]``, in [0, 1].
        """
        standard = ((features - self.mean) / self.deviation).clamp(-_FARTHEST, _FARTHEST)
        return self.layers(standard)[:, 0].sigmoid()

    @torch.no_grad()
    def predict(self, keypoints: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Predicts the OKS of people; shapes and units are those of :meth:`features`.

        Returns:
            ``[N]``, in [0, 1].

        Raises:
            ValueError: If the keypoints are not as many as it was fitted on.
        """
        if np.shape(keypoints)[1:] != (len(self.names), 2):
            raise ValueError(f'the rescorer takes keypoints [N, {len(self.names)}, 2]. Got: {np.shape(keypoints)}')
        given = (torch.from_numpy(np.asarray(values, np.float32)) for values in (keypoints, scores))
        return self(self.features(*given)).numpy()

    def predict_instances(self, people: Sequence[InstanceData]) -> np.ndarray:
        """The same of people as MMPose's models predict them, one or several in an ``InstanceData``."""
        names = ('keypoints', 'keypoint_scores')
        return self.predict(*(np.concatenate([person.get(name) for person in people]) for name in names))

    def save(self, path: str | Path) -> None:
        """Writes it, in one step.

        Raises:
            OSError: If it cannot be written there.
        """
        facts = dict(names=list(self.names), links=self.links, hidden=self.hidden, measured=self.measured)
        buffer = io.BytesIO()
        torch.save(dict(rescorer=facts, state_dict=self.state_dict()), buffer)
        write_file(path, buffer.getvalue())

    @classmethod
    def load(cls, path: str | Path, names: Sequence[str]) -> Rescorer:
        """Reads a rescorer for a student; nothing in the file is executed.

        Args:
            path: File that :meth:`save` wrote, relative to the current folder or the repository.
            names: Names of the student's keypoints.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is no rescorer, or one of other keypoints.
        """
        path = locate_file(path, 'rescorer')
        state = load_state_dict_file(path)
        facts = read_checkpoint(path).get('rescorer')
        if not isinstance(facts, Mapping):
            raise ValueError(f'{path} is no rescorer; {_REMEDY}')
        if tuple(facts['names']) != tuple(names):
            raise ValueError(
                f"{path} scores other keypoints than the student's.\n  its {len(facts['names'])}: "
                f'{", ".join(facts["names"])}\n  the {len(names)} of the student: {", ".join(names)}\n  '
                f'To do: {_REMEDY} of this student'
            )
        rescorer = cls(**facts)
        rescorer.load_state_dict(state)
        return rescorer.eval()
