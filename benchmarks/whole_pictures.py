"""What a model of whole pictures scores: with flip test, at several scales, and with people rescored.

Differences have 95% intervals by bootstrap over pictures. The rescorer is fitted on the pictures that the model learned
from, and on others that are made for it.
"""

import argparse
import copy
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

OTHERS = Path('data/whole_pictures')
HEAD = ('', 'AP', 'AP50', 'AP75', 'AR', 'AP beside the flip test alone')
COLUMNS = ('AP', 'AP50', 'AP75', 'AR')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python benchmarks/whole_pictures.py configs/demo/dekr.py work_dirs/dekr/epoch_30.pth',
    )
    parser.add_argument('config', help='config of the model')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/whole_pictures'), help='for rescorers')
    parser.add_argument('--others', type=int, default=400, help='pictures made to fit a rescorer on (default: 400)')
    args = parser.parse_args()
    os.chdir(ROOT)
    import unipose.registration  # noqa: F401
    from unipose.files.read_config import read_config

    try:
        print(measure(read_config(args.config), args.checkpoint, args.work_dir, args.others))
    except (ValueError, OSError) as error:
        parser.error(str(error))


def measure(config, checkpoint: str, work_dir: Path, others: int) -> str:
    """The table, and what scores say of the true OKS."""
    from benchmarks.quality.bootstrap import paired_intervals
    from benchmarks.quality.found import found_facts
    from benchmarks.quality.scores import PersonScores
    from unipose.commands.rescore import collect_predictions, measure_rescorer
    from unipose.datasets.synthetic import SceneOptions, generate_coco
    from unipose.evaluation.evaluate import evaluate_checkpoint
    from unipose.evaluation.format_scores import format_table
    from unipose.evaluation.ways import scales_of_test

    scales = scales_of_test(config, multiscale=True)
    ways = {
        'one look': dict(flip_test=False),
        'flip test': {},
        f'scales {", ".join(map(str, scales))}': dict(flip_test=False, scales=scales),
        'scales and flip test': dict(scales=scales),
    }
    rows = {name: (config, options) for name, options in ways.items()}
    # as the demo's people, see unipose/commands/demo.py
    generate_coco(OTHERS / 'coco', {'train2017': others, 'val2017': 1}, 7, SceneOptions(max_persons=2, difficulty=0.1))
    unseen = copy.deepcopy(config)
    unseen.train_dataloader.dataset.sources.coco.dataset.data_root = f'{OTHERS}/coco/'
    reports = []
    for title, of in {'pictures it learned from': config, f'{others} others': unseen}.items():
        report = measure_rescorer(collect_predictions(of, checkpoint))
        reports.append(f'rescorer of {title}, {report}')
        file = work_dir / f'rescorer_{len(reports)}.pth'
        report.rescorer.save(file)
        rescored = copy.deepcopy(config)
        rescored.rescorer = str(file)
        rows[f'flip test, rescorer of {title}'] = rescored, {}
    found = {name: evaluate_checkpoint(of, checkpoint, **options) for name, (of, options) in rows.items()}
    scores = {name: [PersonScores(found_facts(one, config))] for name, one in found.items()}
    pairs = [(name, 'flip test') for name in rows if name != 'flip test']
    intervals = paired_intervals(scores, pairs, generator_seed=0)
    lines = []
    for name, evaluation in found.items():
        cells = [f'{100 * evaluation.metrics[f"coco/{column}"]:.2f}' for column in COLUMNS]
        interval = intervals.get((name, 'flip test'), {}).get('coco_ap')
        beside = f'{100 * interval[0]:+.2f} [{100 * interval[1]:+.2f}, {100 * interval[2]:+.2f}]' if interval else ''
        lines.append([name, *cells, beside])
    return '\n\n'.join(['\n'.join(format_table(HEAD, lines)), *reports])


if __name__ == '__main__':
    main()
