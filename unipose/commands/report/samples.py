"""Validation samples to look at: where the student is best and worst, and farthest from a teacher."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmengine.registry import init_default_scope

from unipose.checkpoints.build_model import build_model
from unipose.checkpoints.loading import load_weights
from unipose.console.mistakes import MISTAKES, error_message
from unipose.console.progress import ProgressBar
from unipose.distillers import MultiTeacherDistiller
from unipose.simcc import SimCCTarget
from unipose.skeletons.oks import oks
from unipose.skeletons.oks_area import oks_area
from unipose.visualization import draw_targets
from unipose.visualization.canvas_samples import CanvasSamples, held_out_canvases
from unipose.visualization.denormalised import denormalised

_BATCH = 16
_SURE = 0.3  # least weight of what a teacher says


@dataclass(frozen=True)
class Seen:
    """A sample, and what everyone says of it.

    Args:
        title: Source, file and annotation.
        image: The student's input, ``[H, W, 3]``, uint8, BGR.
        opinions: Targets by title, see :meth:`MultiTeacherDistiller.opinions`.
        oks: The student's, to the ground truth; NaN where nothing is annotated.
        agreement: OKS between the student and each teacher, over what the teacher is sure of; by name.
    """

    title: str
    image: np.ndarray
    opinions: dict[str, SimCCTarget]
    oks: float
    agreement: dict[str, float]


class SampleGallery:
    """A trained student and its teachers, asked about validation samples without flip test, in the plain outputs.

    Args:
        config: The training config.
        checkpoint: Checkpoint of its run.
        num_samples: How many are asked about, spread over all sources.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If there are no validation samples, or config, checkpoint and data do not fit.
    """

    def __init__(self, config: Config, checkpoint: Path, num_samples: int) -> None:
        init_default_scope(config.get('default_scope', 'mmpose'))
        dataset = held_out_canvases(config)
        if dataset is None:
            raise ValueError(f'config {config.filename or ""} has no validation sources to show samples of')
        self.model = build_model(config)
        if not isinstance(self.model, MultiTeacherDistiller):
            raise ValueError(f'samples are shown of a MultiTeacherDistiller. Got: {type(self.model).__name__}')
        load_weights(self.model, checkpoint, what='student', skeleton=self.model.skeleton)
        self.model.to(get_device())
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
            self.samples = CanvasSamples(dataset)
        self._paddings = {source.name: source.padding for source in self.samples.dataset.sources}
        per_source = -(-num_samples // len(self.samples.dataset.sources))
        indices = [index for of_source in self.samples.spread_indices(per_source) for index in of_source]
        progress = ProgressBar(self.look(indices), total=len(indices), unit='person', desc='looking at samples')
        self.found = [(index, seen.oks, seen.agreement) for index, seen in zip(indices, progress, strict=True)]

    def best(self, num: int) -> list[int]:
        """Indices of the samples with the highest OKS, the best first."""
        return self._by_oks()[::-1][:num]

    def worst(self, num: int) -> list[int]:
        """Indices of the samples with the lowest OKS, the worst first."""
        return self._by_oks()[:num]

    def least_agreed(self, teacher: str, num: int) -> list[int]:
        """Indices of the samples on which a teacher is sure and the student says something else."""
        known = [(agreement[teacher], index) for index, _, agreement in self.found if np.isfinite(agreement[teacher])]
        return [index for _, index in sorted(known)[:num]]

    def draw(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Pictures ``[H, W, 3]``, uint8, BGR, of samples."""
        for seen in self.look(indices):
            measured = {'OKS': seen.oks} | {f'agreement with {name}': value for name, value in seen.agreement.items()}
            known = [f', {name} {value:.2f}' for name, value in measured.items() if np.isfinite(value)]
            title = seen.title + ''.join(known)
            yield draw_targets(seen.image, seen.opinions, self.model.skeleton, self.model.bins, title)

    @torch.no_grad()
    def look(self, indices: Sequence[int]) -> Iterator[Seen]:
        """Asks everyone about samples."""
        for start in range(0, len(indices), _BATCH):
            batch = [self.samples.dataset[index] for index in indices[start : start + _BATCH]]
            fed = self.model.data_preprocessor(pseudo_collate(batch))
            opinions = self.model.opinions(fed['inputs'], fed['data_samples'])
            windows = self.model.student_input(fed['inputs'])
            images = denormalised(windows, self.model.data_preprocessor)
            for row, (index, packed) in enumerate(zip(indices[start : start + _BATCH], batch, strict=True)):
                sample = packed['data_samples']
                of_sample = {title: target.sample(row) for title, target in opinions.items()}
                scale = sample.input_size[0] / sample.input_scale[0]  # student pixels per image pixel
                compare = self._comparer(of_sample['student'], self._area(index) * scale**2)
                yield Seen(
                    title=f'{sample.source}: {Path(sample.img_path).name}, annotation {sample.id}',
                    image=images[row],
                    opinions=of_sample,
                    oks=compare(of_sample['ground truth'], 0.0),
                    agreement={name: compare(of_sample[f'teacher {name}'], _SURE) for name in self.model.teachers},
                )

    def _area(self, index: int) -> float:
        """A person's area, image pixels squared."""
        person = self.samples.dataset.get_data_info(index)
        padding = self._paddings[person['source']]
        return oks_area(person['bbox'][0], np.asarray(person['area']).item(), padding)

    def _comparer(self, student: SimCCTarget, area: float) -> Callable[[SimCCTarget, float], float]:
        bins, sigmas = self.model.bins, np.array(self.model.skeleton.sigmas)
        ours = bins.decode(student)[0].numpy()

        def compare(target: SimCCTarget, least_weight: float) -> float:
            theirs, weight = bins.decode(target)[0].numpy(), target.weight[0].numpy()
            return float(oks(ours, theirs, weight > least_weight, area, sigmas))

        return compare

    def _by_oks(self) -> list[int]:
        return [index for _, index in sorted((value, index) for index, value, _ in self.found if np.isfinite(value))]


def gallery_of(config: Config, checkpoint: Path | None, num_samples: int) -> SampleGallery | str:
    """Samples to show of a run; or why there are none, which may be mended, and the rest of a report does not wait for.

    Args:
        config: The training config.
        checkpoint: Checkpoint of its run; None where there is none.
        num_samples: How many are asked about; 0 for none.
    """
    if not num_samples:
        return 'none were asked for (--samples 0).'
    if checkpoint is None:
        return 'the run has no checkpoint; give --checkpoint.'
    try:
        return SampleGallery(config, checkpoint, num_samples)
    except MISTAKES as error:
        return error_message(error)
