"""The model card: Hugging Face's front matter, and a page about the run in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import yaml

import unipose.student
from unipose.checkpoints.licences import Licence, conflicts, starts
from unipose.checkpoints.loading import sha256_file
from unipose.compute.complexity import complexity
from unipose.evaluation.dataset_mean import MEAN_MEASURE, MEAN_NAME
from unipose.evaluation.format_scores import flip_test_name, format_markdown
from unipose.skeletons import load_skeleton
from unipose.teachers.entry import taught_skeleton
from unipose.teachers.networks import kind_of_entry

from .limits import limits
from .results import hugging_face_results
from .run import METRICS, Run
from .shown import shown_path, shown_skeleton
from .sizes import table_by_size

_TEMPLATE = 'card.md.j2'
_SHAPE = ('arch', 'deepen_factor', 'widen_factor')  # of backbones


def model_card(run: Run, license: str, pictures: Sequence[str] = ()) -> str:
    """The text of ``MODEL_CARD.md``.

    Args:
        run: The run.
        license: Identifier of the weights' licence, as Hugging Face spells it.
        pictures: What it sees in pictures, as files named from where the card lies.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader('unipose.commands.card', '.'),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    model, student, scores = run.config.model, run.student, run.scores
    backbone = model.backbone
    return environment.get_template(_TEMPLATE).render(
        front_matter=yaml.safe_dump(_front_matter(run, license), sort_keys=False, width=120),
        run=run,
        license=license,
        asked=Licence.of(license, '--license'),
        conflicts=conflicts(Licence.of(license, '--license'), run.licences),
        for_research=[str(one) for one in run.licences if 'research only' in (one.licence.conditions or ())],
        checkpoint=run.shown(student.checkpoint),
        config_file=run.shown(run.config_file),
        backbone=', '.join([backbone.type, *(f'{key} {backbone[key]}' for key in _SHAPE if key in backbone)]),
        complexity=complexity(student.model, student.input_size),
        keypoints=_keypoints(run),
        teachers=_teachers(run),
        gt_weight=model.get('gt_weight', 1.0),
        combine=model.get('combine', 'separate'),
        training=_training(run),
        flip_test_name=flip_test_name,
        evaluations=[part for part in (scores.student.evaluation, scores.student.detected) if part],
        mean=MEAN_MEASURE if MEAN_NAME in scores.student.evaluation.metrics else '',
        tables=[format_markdown(*table) for table in scores.tables()],
        by_size=table_by_size(scores.student.evaluation.metrics),
        limits=list(limits(run)),
        pictures=pictures,
        comes_along=bool(run.onnx) and run.onnx.resolve().parent == Path(unipose.student.__file__).resolve().parent,
        files=_files(run),
    )


def _front_matter(run: Run, license: str) -> dict[str, Any]:
    tags = ['human-pose-estimation', 'mmpose', 'rtmpose', 'simcc']
    tags += ['knowledge-distillation'] * bool(run.teachers) + ['onnx'] * bool(run.onnx)
    return {
        'license': license,
        'library_name': 'unipose',
        'pipeline_tag': 'keypoint-detection',
        'tags': tags,
        'model-index': [dict(name=run.name, results=hugging_face_results(run))],
    }


def _keypoints(run: Run) -> list[dict[str, Any]]:
    taught = {name: _taught(name, entry) for name, entry in run.teachers.items()}
    annotated = run.trained_on
    return [
        dict(
            name=keypoint.name,
            annotated=[name for name, source in annotated.items() if keypoint.name in source.keypoints],
            taught=[name for name, names in taught.items() if keypoint.name in names],
            sigma='not defined' if keypoint.sigma is None else keypoint.sigma,
            swap=keypoint.swap or '-',
        )
        for keypoint in run.student.skeleton.keypoints
    ]


def _taught(name: str, entry: Mapping[str, Any]) -> frozenset[str]:
    """Names, in the union, of the keypoints that a teacher speaks of, as far as they are known without its file."""
    try:
        names = taught_skeleton(entry, f'teacher {name!r}').names
    except (FileNotFoundError, ImportError):
        names = entry.get('keypoints') or (load_skeleton(entry['skeleton']).names if entry.get('skeleton') else ())
    aliases = entry.get('aliases') or {}
    return frozenset(aliases.get(name, name) for name in (*names, *(entry.get('derived') or ())))


def _teachers(run: Run) -> list[dict[str, Any]]:
    rows = []
    for name, entry in run.teachers.items():
        scored = run.scores.teachers.get(name)
        stamp = scored.evaluation.protocol if scored and scored.evaluation else {}
        kind = kind_of_entry(entry, f'teacher {name!r}')
        checkpoint = Path(entry[kind.weights_key]).name
        rows.append(
            dict(
                name=name,
                config=shown_path(entry['config']) if entry.get('config') else kind.key,
                checkpoint=checkpoint,
                sha256=stamp['checkpoint_sha256'] if stamp.get('checkpoint') == checkpoint else 'not recorded',
                skeleton=shown_skeleton(entry['skeleton']) if entry.get('skeleton') else "its file's",
                weight=entry.get('weight', 1.0),
                feature_weight=entry.get('feature_weight', 0.0),
                schedule=_schedule(entry.get('schedule') or 'constant'),
                calibration=Path(entry['calibration']).name if entry.get('calibration') else 'none',
            )
        )
    return rows


def _schedule(schedule: str | Mapping[str, Any]) -> str:
    if isinstance(schedule, str):
        return schedule
    return ', '.join([schedule['type'], *(f'{key} {value}' for key, value in schedule.items() if key != 'type')])


def _training(run: Run) -> dict[str, Any]:
    """Facts by title; what is not known is left out."""
    config, meta, logged = run.config, run.meta, run.environment
    wrapper, loader = config.get('optim_wrapper', {}), config.get('train_dataloader', {})
    optimizer, scaled = wrapper.get('optimizer', {}), config.get('auto_scale_lr') or {}
    rate = optimizer.get('lr')
    if scaled.get('enable'):
        rate = f'{rate} for a batch of {scaled.base_batch_size}, scaled to the batch'
    day = str(meta.get('time', ''))[:8]
    facts = {
        'epochs': meta.get('epoch'),
        'steps': meta.get('iter'),
        'batch per process': loader.get('batch_size'),
        'processes': logged.get('GPU number'),
        'optimizer': optimizer.get('type'),
        'learning rate': rate,
        'learning rate schedule': ', '.join(step['type'] for step in config.get('param_scheduler') or ()),
        'optimizer wrapper': wrapper.get('type'),
        'weights start from': ', '.join(f'{part}: {Path(file).name}' for part, file in starts(config)),
        'published weights': {True: 'moving average (EMA)', False: 'as trained (no EMA)'}.get(run.protocol['ema']),
        'seed': meta.get('seed', config.get('randomness', {}).get('seed')),
        'finished': f'{day[:4]}-{day[4:6]}-{day[6:]}' if day else None,
        **{name: logged.get(name) for name in ('Python', 'PyTorch', 'MMEngine')},
        'GPUs': ', '.join(value for name, value in logged.items() if name.startswith('GPU ') and name[4].isdigit()),
    }
    return {title: fact for title, fact in facts.items() if fact not in (None, '')}


def _files(run: Run) -> list[dict[str, Any]]:
    files = [run.student.checkpoint, run.config_file, *([run.onnx] if run.onnx else []), run.work_dir / METRICS]
    return [dict(name=run.shown(file), size=file.stat().st_size, sha256=sha256_file(file)) for file in files]
