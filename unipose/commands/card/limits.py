"""What a run's numbers do not say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from unipose.evaluation.comparison_tables import MAIN_MEASURES
from unipose.evaluation.evaluate import Evaluation

from .run import Run

_WORST = 4  # keypoints


def limits(run: Run) -> Iterator[str]:
    """Sentences in Markdown, each derived from config, checkpoint and protocol."""
    student, protocol, trained = run.scores.student, run.protocol, run.trained_on
    every = [*trained.values(), *run.tested_on.values()]
    tested = protocol['num_samples']
    synthetic = [source.name for source in every if source.synthetic]
    if synthetic:
        yield f'The people of {_listed(synthetic)} are synthetic. Accuracy on photographs: not measured.'
    stated = {one.name for one in run.licences if one.kind == 'source' and one.licence.is_stated}
    mpii = [source.name for source in every if source.type == 'MpiiDataset' and not source.synthetic]
    research = [name for name in mpii if name not in stated]
    if research:
        yield f"{_listed(research)}: in MPII's format. MPII is for research only: its page rules out commercial use."
    yield from _worst(student.evaluation)
    if not student.detected:
        yield "It needs a box around each person. Accuracy on a detector's boxes: not measured."
    if protocol['flip_test']:
        yield 'The scores average each prediction with that on the mirrored image. Accuracy without that: not measured.'
    if protocol['dialects']:
        yield (
            'Each dataset was scored in its own dialect, a small correction that exported files do not have. Accuracy '
            'of the plain outputs: not measured.'
        )
    if run.onnx:
        scores = [
            f'{name} {value:.3f}' for name, value in run.onnx_metrics.items() if name.partition('/')[2] in MAIN_MEASURES
        ]
        yield (
            f'The scores are of `{protocol["checkpoint"]}` in torch. Accuracy of `{run.onnx.name}`: '
            f'{", ".join(scores) or "not measured"}.'
        )
    unscored = [name for name, source in trained.items() if source.ratio and name not in tested]
    if unscored:
        yield f'Trained on but not scored on: {_listed(unscored)}.'
    scored = {name for table in student.evaluation.per_keypoint.values() for name in table}
    unmeasured = [name for name in run.student.skeleton.names if name not in scored]
    if unmeasured:
        yield f'Keypoints without a score of their own: {_listed(unmeasured)}.'
    epochs = run.config.get('train_cfg', {}).get('max_epochs')
    if epochs and run.meta.get('epoch') not in (None, epochs):
        yield f'The checkpoint is of epoch {run.meta["epoch"]}, the config trains for {epochs}.'
    yield 'This is one run: how much scores differ between seeds, and the speed on any machine, were not measured.'


def _worst(evaluation: Evaluation) -> Iterator[str]:
    """What each dataset finds least accurate."""
    for source, table in evaluation.per_keypoint.items():
        measure = next((name for values in table.values() for name in values if not name.endswith('_px')), None)
        scores = {keypoint: values.get(measure, math.nan) for keypoint, values in table.items()}
        known = sorted((value, keypoint) for keypoint, value in scores.items() if math.isfinite(value))
        if known:
            worst = ', '.join(f'`{keypoint}` {value:.1f}' for value, keypoint in known[:_WORST])
            yield f'Least accurate keypoints on `{source}`, in {measure}: {worst}; the best has {known[-1][0]:.1f}.'


def _listed(names: Iterable[str]) -> str:
    return ', '.join(f'`{name}`' for name in dict.fromkeys(names))
