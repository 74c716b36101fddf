"""A finished run as its files tell it: checkpoint, config, scores and log, all of the same student."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from unipose.checkpoints.licences import Inherited, licences_of_run
from unipose.checkpoints.loading import resolve_checkpoint, sha256_file
from unipose.commands.export.deployed_student import Exportable, load_exportable
from unipose.distillers.write_mmpose_files import literal_config
from unipose.evaluation.comparison_tables import Comparison, metrics_name
from unipose.inference.load_student import checkpoint_meta
from unipose.runtime.onnx_pose_estimator import OnnxPoseEstimator

from .data_source import DataSource, data_sources
from .shown import shown_path

METRICS = metrics_name()
_ENVIRONMENT = re.compile(r'^ {4}(Python|PyTorch|MMEngine|GPU number|GPU [\d,]+): (.+?)(?: \(.*)?$', re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """A scored student, and the run that it comes from.

    Args:
        work_dir: The run's work dir.
        student: What is published.
        meta: What its checkpoint says of itself; of an exported student, also what the run's checkpoint says.
        config: The training config.
        config_file: The file beside the checkpoint or in the work dir that the checkpoint is built with.
        scores: What ``metrics.json`` says.
        environment: Versions, number of processes and GPUs, as the run's log has them.
        onnx: The exported file, if there is one.
        onnx_metrics: Its scores, where ``unipose test`` has scored it into the work dir.
        licences: What the student comes from.
    """

    work_dir: Path
    student: Exportable
    meta: Mapping[str, Any]
    config: Config
    config_file: Path
    scores: Comparison
    environment: Mapping[str, str]
    onnx: Path | None
    onnx_metrics: Mapping[str, float]
    licences: tuple[Inherited, ...]

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.work_dir.resolve().name

    @property
    def protocol(self) -> Mapping[str, Any]:
        """How the student's scores came about."""
        return self.scores.student.evaluation.protocol

    @property
    def teachers(self) -> dict[str, Mapping[str, Any]]:
        """Entries of the config."""
        return {name: entry for name, entry in (self.config.model.get('teachers') or {}).items() if entry}

    @property
    def trained_on(self) -> dict[str, DataSource]:
        """What the student learned from, by name."""
        return data_sources(self.config, 'train_dataloader')

    @property
    def tested_on(self) -> dict[str, DataSource]:
        """What the config tests on, by name; the protocol does not say more than the names."""
        return data_sources(self.config, 'test_dataloader', 'val_dataloader')

    @property
    def is_exported(self) -> bool:
        """Whether the checkpoint is a plain MMPose model."""
        return 'exported_from' in self.meta

    def shown(self, file: Path) -> str:
        """A file's name as it is published."""
        return shown_path(file.absolute(), self.work_dir)


def read_run(work_dir: Path, checkpoint: Path | None = None, onnx: Path | None = None) -> Run:
    """Reads the files of a run, and makes sure that they belong together.

    Args:
        work_dir: Work dir of ``unipose train``, with the ``metrics.json`` of ``unipose test``.
        checkpoint: A checkpoint of the run, or its exported student; by default the one that was scored.
        onnx: The same student, exported by ``unipose export``.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is damaged, or scores or ONNX file are another student's.
        ImportError: If there is an ONNX file and no onnxruntime.
    """
    metrics = work_dir / METRICS
    if not metrics.is_file():
        raise FileNotFoundError(
            f'no file {metrics}; score the student first: unipose test CONFIG {checkpoint or "CHECKPOINT"} '
            f'--work-dir {work_dir}'
        )
    scores = Comparison.from_file(metrics)
    scored = scores.student.evaluation.protocol
    path = resolve_checkpoint(checkpoint or work_dir / scored['checkpoint'])
    meta = checkpoint_meta(path)
    digests = {sha256_file(path), meta.get('exported_from_sha256', '')}  # an exported student is the one it came from
    if scored['checkpoint_sha256'] not in digests:
        raise ValueError(
            f'{metrics} has the scores of another file, {scored["checkpoint"]} (sha256 '
            f'{str(scored["checkpoint_sha256"])[:12]}...), than {path}; score this one: unipose test CONFIG '
            f'{path} --work-dir {work_dir}'
        )
    if onnx and (exported := OnnxPoseEstimator(onnx).facts.get('checkpoint_sha256')) not in digests:
        raise ValueError(
            f'{onnx} {f"was not exported from {path}" if exported else "does not say what it was exported from"}; name '
            f'the file it was exported from with --checkpoint, or export this one: unipose export {path} '
            f'--out {onnx} --force'
        )
    student = load_exportable(path)
    trained = work_dir / meta.get('exported_from', path.name)
    if trained.is_file() and sha256_file(trained) in digests:
        meta = {**checkpoint_meta(trained), **meta}
    text = meta.get('cfg') or _last_config(work_dir)
    config = Config(literal_config(text))
    return Run(
        work_dir=work_dir,
        student=student,
        meta=meta,
        config=config,
        config_file=_config_file(work_dir, path, text),
        scores=scores,
        environment=_environment(work_dir, meta.get('experiment_name', '')),
        onnx=onnx,
        onnx_metrics=_onnx_metrics(work_dir, onnx) if onnx else {},
        licences=licences_of_run(meta, config, path),
    )


def _onnx_metrics(work_dir: Path, onnx: Path) -> dict[str, float]:
    scored = work_dir / metrics_name(onnx.name)
    if not scored.is_file():
        return {}
    found = Comparison.from_file(scored).student.evaluation
    return found.metrics if found.protocol['checkpoint_sha256'] == sha256_file(onnx) else {}


def _last_config(work_dir: Path) -> str:
    configs = sorted(work_dir.glob('*/vis_data/config.py'))
    if not configs:
        raise FileNotFoundError(
            f'{work_dir} has no */vis_data/config.py, so nothing says how the student was '
            'trained; name the work dir of its run'
        )
    return configs[-1].read_text(encoding='utf-8')


def _config_file(work_dir: Path, checkpoint: Path, text: str) -> Path:
    """The exported student's, or that of the training run under its own name."""
    beside = checkpoint.with_suffix('.py')
    for file in (beside, *sorted(work_dir.glob('*.py')), *sorted(work_dir.glob('*/vis_data/config.py'))):
        if file.is_file() and (file == beside or file.read_text(encoding='utf-8') == text):
            return file
    raise FileNotFoundError(f'no {beside}, and no file in {work_dir} is the config that {checkpoint.name} has in it')


def _environment(work_dir: Path, experiment_name: str) -> dict[str, str]:
    """Of the log that the checkpoint's run wrote, else of the last one."""
    logs = sorted(work_dir.glob('*/*.log'), key=lambda log: (experiment_name.endswith(log.stem), log.stem))
    return dict(_ENVIRONMENT.findall(logs[-1].read_text(encoding='utf-8'))) if logs else {}
