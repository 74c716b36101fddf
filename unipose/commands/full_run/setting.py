"""What a run is of: its config, where its files lie, and how each step is asked for."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from unipose.checkpoints.model_kinds import refuse_pictures
from unipose.commands.train.preparation import seed_dataset
from unipose.commands.train.stages import ONCE, pipelines_of, use_prepared_crops, use_stored_targets
from unipose.evaluation.comparison_tables import metrics_name
from unipose.evaluation.configs import student_config, test_sources

# what decides what a student learns; the rest of a config may change between two commands of a run
_LEARNT_FROM = (
    *('model', 'train_dataloader', 'train_cfg', 'optim_wrapper', 'param_scheduler', 'custom_hooks', 'auto_scale_lr'),
    'randomness',
)
_PLACES = ('data_root', 'num_workers', 'persistent_workers')


@dataclass(frozen=True)
class Setting:
    """A run.

    Args:
        config: Training config of the student, as asked for: with whole images, and teachers to ask.
        work_dir: Folder for all that the run writes.
        views: Augmented views of each sample and stage whose targets are stored; None for those of each sample as it
            is, which move with the augmentation.
        crop_format: See :func:`unipose.commands.crops.prepare_crops`.
        license: Of the student's weights, in Hugging Face's spelling.
        launcher: As MMEngine's: ``'none'``, ``'pytorch'`` or ``'slurm'``.
        processes: How many processes share the work.
        crops_per_file: Crops in a file of the store.
        samples: Validation samples that the report chooses its pictures from.

    Raises:
        ValueError: If the config has no teachers, or trains by steps.
    """

    config: Config
    work_dir: Path
    views: int | None = 20
    crop_format: str = 'raw'
    license: str = 'unknown'
    launcher: str = 'none'
    processes: int = 1
    crops_per_file: int = 256
    samples: int = 256

    def __post_init__(self) -> None:
        refuse_pictures(self.config, 'there are no crops or targets to store; train with `unipose train`')
        if not self.teachers:
            raise ValueError(
                f'config {self.config.filename or ""} has no teachers, whose targets a run stores; train with '
                '`unipose train`, or give a config such as configs/distill_small.py'
            )
        if not (self.config.get('train_cfg') or {}).get('max_epochs'):
            raise ValueError(f'config {self.config.filename or ""} has no train_cfg.max_epochs; a run is of epochs')
        seed_dataset(self.config)

    @property
    def teachers(self) -> dict[str, Mapping[str, Any]]:
        """Entries of the teachers, by name."""
        entries = (self.config.get('model') or {}).get('teachers') or {}
        return {name: entry for name, entry in entries.items() if entry}

    @property
    def max_epochs(self) -> int:
        """Epochs of training."""
        return self.config.train_cfg.max_epochs

    @property
    def crops(self) -> Path:
        """Folder of the crops."""
        return self.work_dir / 'crops'

    @property
    def targets(self) -> Path:
        """Folder of the targets, which has one for each stage, or for all of them where targets move."""
        return self.work_dir / 'targets'

    @property
    def target_stores(self) -> list[Path]:
        """Those folders."""
        return [self.targets / stage for stage in (pipelines_of(self.config) if self.views else (ONCE,))]

    @property
    def checkpoint(self) -> Path:
        """The trained student."""
        return self.work_dir / f'epoch_{self.max_epochs}.pth'

    @property
    def metrics(self) -> Path:
        """Scores of student and teachers."""
        return self.work_dir / metrics_name()

    @property
    def table(self) -> Path:
        """The same as Markdown."""
        return self.metrics.with_suffix('.md')

    @property
    def onnx(self) -> Path:
        """The exported student."""
        return self.work_dir / 'student.onnx'

    @property
    def report(self) -> Path:
        """The page about the run."""
        return self.work_dir / 'report.html'

    @property
    def card(self) -> Path:
        """The model card."""
        return self.work_dir / 'MODEL_CARD.md'

    @property
    def metafile(self) -> Path:
        """MMPose's description of the student."""
        return self.work_dir / 'metafile.yml'

    @property
    def ledger(self) -> Path:
        """What the run says of itself, to read by machine."""
        return self.work_dir / 'full_run.json'

    def epochs_done(self) -> int:
        """Epochs that a stopped training goes on from, or that training has ended with."""
        note = self.work_dir / 'last_checkpoint'  # written when the checkpoint is whole
        named = re.search(r'epoch_(\d+)\.pth$', note.read_text().strip()) if note.is_file() else None
        return int(named[1]) if named and (self.work_dir / named[0]).is_file() else 0

    def is_trained(self) -> bool:
        """Whether the last epoch is done."""
        return self.epochs_done() == self.max_epochs

    def scored_sources(self) -> list[str]:
        """Names of the sources that student and teachers are scored on."""
        return test_sources(student_config(self.config))

    def config_with_crops(self) -> Config:
        """The config, reading the prepared crops: what targets are stored with."""
        config = copy.deepcopy(self.config)
        use_prepared_crops(config, self.crops)
        return config

    def training_config(self) -> Config:
        """The config, reading the prepared crops and replaying the stored targets: what the student is trained with."""
        config = self.config_with_crops()
        use_stored_targets(config, self.targets)
        config.work_dir, config.launcher = str(self.work_dir), self.launcher
        if self.epochs_done():
            config.resume, config.load_from = True, None
        return config

    def facts(self) -> dict[str, Any]:
        """What decides the result, in plain values: two commands of one run agree in it."""
        content = {key: self.config.get(key) for key in _LEARNT_FROM}
        content |= dict(views=self.views, crop_format=self.crop_format)
        return _without_places(json.loads(json.dumps(content, default=str)))


def _without_places(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _without_places(value) for key, value in content.items() if key not in _PLACES}
    return [_without_places(value) for value in content] if isinstance(content, list) else content
