"""The steps of a run: what each makes, what is left of it to do, and how it is done."""

from __future__ import annotations

import gc
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import yaml
from mmengine.dist import barrier, is_main_process

from unipose.caching import TargetStore
from unipose.checkpoints.loading import sha256_file
from unipose.commands.cache import cache_teachers
from unipose.commands.card.card import model_card
from unipose.commands.card.metafile import metafile
from unipose.commands.card.run import read_run
from unipose.commands.crops import prepare_crops
from unipose.commands.export.deployed_student import load_exportable
from unipose.commands.export.export import export
from unipose.commands.export.pictures import check_pictures
from unipose.commands.report.page import write_report
from unipose.commands.report.samples import SampleGallery
from unipose.commands.train.run import run_training
from unipose.console.mistakes import MISTAKES, error_message
from unipose.console.progress import ProgressBar, Watch, watched
from unipose.datasets.crop_store import CropStore
from unipose.evaluation.comparison_tables import STUDENT, Comparison, compare, format_comparison
from unipose.files import write_file, write_json
from unipose.files.onnx.metadata import read_metadata
from unipose.files.onnx.session import open_session

from .cost import Watcher, Work
from .people import People
from .setting import Setting
from .training_watch import CHECKPOINT, EPOCH, PERSON, STEP, VALIDATION, TrainingWatch


class Step(ABC):
    """A part of a run, which is done, or goes on where it was stopped.

    Args:
        setting: The run.
    """

    name: ClassVar[str]
    loads: ClassVar[int] = 0
    """How often it reads the training annotations."""
    is_shared: ClassVar[bool] = False
    """Whether each of several processes does its part of every unit of work."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    @property
    @abstractmethod
    def makes(self) -> Sequence[Path]:
        """Files and folders that it writes."""

    @abstractmethod
    def is_done(self) -> bool:
        """Whether nothing is left to do, by what is on disk."""

    @abstractmethod
    def work(self, people: People) -> Work:
        """What is left to do."""

    @abstractmethod
    def run(self, watcher: Watcher) -> None:
        """Does what is left, in every process.

        Args:
            watcher: Is told of every unit that is done.

        Raises:
            ValueError: If files or config do not fit each other.
            OSError: If a file is missing, or cannot be written.
        """

    def written(self) -> int:
        """Bytes on disk of what it makes."""
        files = [file for path in self.makes for file in ([path] if path.is_file() else path.rglob('*'))]
        return sum(file.stat().st_size for file in files if file.is_file())


class CropStep(Step):
    """Cuts the training people out of their images."""

    name = 'crops'
    loads = 1
    is_shared = True

    @property
    def makes(self) -> Sequence[Path]:
        """The store."""
        return [self.setting.crops]

    def is_done(self) -> bool:
        """Whether the store is whole; nobody reads it after training."""
        store = _opened(CropStore, self.setting.crops)
        return self.setting.is_trained() or (store is not None and not store.missing())

    def work(self, people: People) -> Work:
        """Crops that are missing."""
        store = _opened(CropStore, self.setting.crops)
        left = sum(len(store.indices(shard)) for shard in store.missing()) if store else people.num_train
        return dict(crop=left)

    def run(self, watcher: Watcher) -> None:
        """Writes them."""
        setting = self.setting
        with watched(_told(watcher)):
            prepare_crops(setting.config, setting.crops, setting.crop_format, shard_size=setting.crops_per_file)


class TargetStep(Step):
    """Asks the teachers about all people, augmented or as they are."""

    name = 'targets'
    is_shared = True

    @property
    def loads(self) -> int:
        """Each store is of a dataset of its own."""
        return len(self.setting.target_stores)

    @property
    def makes(self) -> Sequence[Path]:
        """The folder of the stores."""
        return [self.setting.targets]

    def is_done(self) -> bool:
        """Whether all stores are whole; nobody reads them after training."""
        stores = [_opened(TargetStore, folder) for folder in self.setting.target_stores]
        return self.setting.is_trained() or all(store is not None and not store.missing() for store in stores)

    def work(self, people: People) -> Work:
        """Views that are missing."""
        left = 0
        for folder in self.setting.target_stores:
            store = _opened(TargetStore, folder)
            missing = store and sum(len(store.numbers(shard)) for shard in store.missing())
            left += people.num_train * (self.setting.views or 1) if store is None else missing
        return dict(view=left)

    def run(self, watcher: Watcher) -> None:
        """Stores them."""
        with watched(_told(watcher)):
            cache_teachers(self.setting.config_with_crops(), self.setting.targets, self.setting.views)


class TrainStep(Step):
    """Trains the student on stored targets."""

    name = 'train'
    loads = 1

    @property
    def makes(self) -> Sequence[Path]:
        """The last checkpoint."""
        return [self.setting.checkpoint]

    def is_done(self) -> bool:
        """Whether the last epoch's checkpoint is there."""
        return self.setting.is_trained()

    def work(self, people: People) -> Work:
        """Epochs that are left, in units of all kinds, for each process."""
        setting, config = self.setting, self.setting.config
        left = range(setting.epochs_done() + 1, setting.max_epochs + 1)
        steps = math.ceil(math.ceil(people.drawn / setting.processes) / config.train_dataloader.batch_size)
        every = config.train_cfg.get('val_interval', 1)
        saved = ((config.get('default_hooks') or {}).get('checkpoint') or {}).get('interval', 1)
        validations = _due(left, every, config.train_cfg.get('val_begin', 1)) if config.get('val_dataloader') else 0
        return {
            STEP: len(left) * steps,
            EPOCH: len(left),
            VALIDATION: validations,
            PERSON: validations * people.num_val / setting.processes,
            CHECKPOINT: _due(left, saved),
        }

    def run(self, watcher: Watcher) -> None:
        """Trains, or goes on from the last checkpoint."""
        run_training(self.setting.training_config(), [TrainingWatch(watcher)])
        gc.collect()  # its workers and memory hang in cycles


class ScoreStep(Step):
    """Scores student and teachers on every source of the test config."""

    name = 'score'
    is_shared = True

    @property
    def makes(self) -> Sequence[Path]:
        """Numbers, and the table."""
        return [self.setting.metrics, self.setting.table]

    @property
    def _scored_teachers(self) -> list[str]:
        sources = self.setting.scored_sources()
        return [name for name in self.setting.teachers if name in sources]

    def is_done(self) -> bool:
        """Whether the scores are of this checkpoint, these teachers and these sources."""
        setting = self.setting
        if not (setting.checkpoint.is_file() and all(path.is_file() for path in self.makes)):
            return False
        found = Comparison.from_file(setting.metrics)
        protocol = found.student.evaluation.protocol
        return (
            protocol['checkpoint_sha256'] == sha256_file(setting.checkpoint)
            and set(protocol['num_samples']) == set(setting.scored_sources())
            and set(found.teachers) == set(setting.teachers)
        )

    def work(self, people: People) -> Work:
        """People, by who is asked about them."""
        tested = people.test or people.val
        numbers = {source: tested[source].number or 0 for source in self.setting.scored_sources()}
        return {name: numbers[name] for name in self._scored_teachers} | {STUDENT: sum(numbers.values())}

    def run(self, watcher: Watcher) -> None:
        """Scores, and writes what ``unipose test --teachers`` writes."""
        with watched(_told(watcher, [*self._scored_teachers, STUDENT])):
            comparison = compare(self.setting.config, self.setting.checkpoint)
        if is_main_process():
            write_file(self.setting.table, f'{format_comparison(comparison, markdown=True)}\n'.encode())
            write_json(self.setting.metrics, comparison.scores())


class _LastStep(Step):
    """A step that one process does, in seconds."""

    def work(self, people: People) -> Work:
        """Nothing is counted."""
        return {}

    def run(self, watcher: Watcher) -> None:
        """Does it."""
        if is_main_process():
            with watched(_told(watcher)):
                self.make()
        barrier()

    @abstractmethod
    def make(self) -> None:
        """Writes its files."""


class ExportStep(_LastStep):
    """Exports the student as ONNX, and compares it with torch."""

    name = 'export'

    @property
    def makes(self) -> Sequence[Path]:
        """The ONNX file."""
        return [self.setting.onnx]

    def is_done(self) -> bool:
        """Whether the file was exported from this checkpoint."""
        setting = self.setting
        if not (setting.onnx.is_file() and setting.checkpoint.is_file()):
            return False
        facts = read_metadata(open_session(setting.onnx, threads=1), setting.onnx)
        return facts.get('checkpoint_sha256') == sha256_file(setting.checkpoint)

    def make(self) -> None:
        """Exports."""
        student = load_exportable(self.setting.checkpoint)
        found = export(student, self.setting.onnx, check_pictures(student))
        print(f'{self.setting.onnx} against torch, on synthetic people: {found}')


class ReportStep(_LastStep):
    """Puts scores, curves and samples on a page."""

    name = 'report'

    @property
    def makes(self) -> Sequence[Path]:
        """The page."""
        return [self.setting.report]

    def is_done(self) -> bool:
        """Whether it is younger than the scores that it shows."""
        return _is_younger(self.setting.report, self.setting.metrics)

    def work(self, people: People) -> Work:
        """Samples that everyone is asked about."""
        sources = len(people.val)
        return dict(person=min(people.num_val, sources * -(-self.setting.samples // max(sources, 1))))

    def make(self) -> None:
        """Writes it; the page says why, where there are no samples."""
        setting, config = self.setting, self.setting.training_config()
        try:
            gallery = SampleGallery(config, setting.checkpoint, setting.samples)
        except MISTAKES as error:
            gallery = error_message(error)
        write_report(setting.report, setting.work_dir, config, setting.checkpoint, setting.metrics, gallery)


class CardStep(_LastStep):
    """Writes the model card and MMPose's metafile."""

    name = 'model card'

    @property
    def makes(self) -> Sequence[Path]:
        """Both."""
        return [self.setting.card, self.setting.metafile]

    def is_done(self) -> bool:
        """Whether both are younger than scores and exported file, and the card is for the licence asked for."""
        setting = self.setting
        if not all(_is_younger(path, setting.metrics, setting.onnx) for path in self.makes):
            return False
        front_matter = setting.card.read_text(encoding='utf-8').split('---\n')[1]
        return yaml.safe_load(front_matter).get('license') == setting.license

    def make(self) -> None:
        """Writes them."""
        run = read_run(self.setting.work_dir, self.setting.checkpoint, self.setting.onnx)
        write_file(self.setting.card, model_card(run, self.setting.license).encode())
        write_file(self.setting.metafile, yaml.safe_dump(metafile(run)).encode())


STEPS: tuple[type[Step], ...] = (CropStep, TargetStep, TrainStep, ScoreStep, ExportStep, ReportStep, CardStep)
"""In their order: each needs what those before it make."""


def undone(setting: Setting) -> list[Step]:
    """The steps that are left, in their order. What is made of the trained student is old once that is."""
    found: list[Step] = []
    for step in (kind(setting) for kind in STEPS):
        outdated = any(isinstance(before, TrainStep | ScoreStep | _LastStep) for before in found)
        if outdated or not step.is_done():
            found.append(step)
    return found


def _opened(kind: type, folder: Path) -> CropStore | TargetStore | None:
    try:
        return kind(folder)
    except FileNotFoundError:
        return None


def _due(epochs: range, every: int, begin: int = 1) -> int:
    """How many of these epochs end with what happens every so many, and after the last."""
    return sum(epoch >= begin and (epoch % every == 0 or epoch == epochs[-1]) for epoch in epochs)


def _is_younger(file: Path, *others: Path) -> bool:
    if not all(path.is_file() for path in (file, *others)):
        return False
    return file.stat().st_mtime_ns >= max(path.stat().st_mtime_ns for path in others)


def _told(watcher: Watcher, units: Sequence[str] = ()) -> Watch:
    """What tells a watcher of progress bars: of their units, or of one of ``units`` for each bar in turn."""
    bars: list[ProgressBar] = []
    told: dict[int, int] = {}

    def tell(bar: ProgressBar) -> None:
        if not any(bar is known for known in bars):
            bars.append(bar)
        number = next(i for i, known in enumerate(bars) if known is bar)
        watcher.count(units[number] if units else bar.unit, bar.done - told.get(number, 0))
        told[number] = bar.done

    return tell
