"""Students taught by labels: of a model that finds people in whole pictures, of top-down teachers, and annotated.

The same student, from random weights, learns from the same pictures, which neither DEKR nor the teachers have seen, and
is scored on other people in annotated boxes. What is finished (--work-dir) is not done again.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PICTURES = Path('data/found_labels/coco')
SEED = 11  # of the pictures; the demo's are of 1 and 2
ROWS = {
    'annotated': ('annotations', 'annotated'),
    'teachers': ('the top-down teacher, in annotated boxes', 'teachers'),
    'teachers_found': ("the top-down teacher, in DEKR's boxes", 'teachers_found'),
    'found': ('DEKR', 'found'),
    'found_weighted': ('DEKR, by its scores', 'found'),
}
"""Title, and whose labels, by name."""
HEAD = ('labels of', 'people', 'right', 'found', 'median OKS', 'keypoints', 'student: AP', 'AP50', 'AP75')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog='example: python benchmarks/found_labels.py work_dirs/dekr/epoch_12.pth --jobs 2'
    )
    parser.add_argument('checkpoint', help='of configs/demo/dekr.py')
    parser.add_argument('--rows', nargs='+', choices=ROWS, default=list(ROWS), metavar='ROW', help=', '.join(ROWS))
    parser.add_argument('--pictures', type=int, default=1600, help='to be labelled (default: 1600)')
    parser.add_argument('--epochs', type=int, default=24, help='of each student (default: 24)')
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/found_labels'))
    parser.add_argument('--jobs', type=int, default=2, help='students at a time, of one thread each')
    parser.add_argument('--row', help=argparse.SUPPRESS)  # one student, by itself
    args = parser.parse_args()
    os.chdir(ROOT)
    import unipose.registration  # noqa: F401  it patches what the other modules import

    # isort: split
    from benchmarks.together import run_together
    from unipose.evaluation.format_scores import format_table

    try:
        if args.row:
            student_scores(args.row, args.work_dir, args.epochs)
            return
        labels = {name: make_labels(name, args) for name in dict.fromkeys(ROWS[row][1] for row in args.rows)}
        command = [__file__, args.checkpoint, '--work-dir', str(args.work_dir), '--epochs', str(args.epochs), '--row']
        run_together(command, [(row,) for row in args.rows], args.work_dir, args.jobs, 1)
        lines = []
        for row in args.rows:
            title, name = ROWS[row]
            scores = student_scores(row, args.work_dir, args.epochs)
            cells = [f'{100 * scores[f"coco/{column}"]:.1f}' for column in ('AP', 'AP50', 'AP75')]
            lines.append([title, *compared(labels[name]), *cells])
        print('\n'.join(format_table(HEAD, lines)))
    except (ValueError, OSError) as error:
        parser.error(str(error))


def make_labels(name: str, args: argparse.Namespace) -> dict[str, Any]:
    """Labels of the pictures, as `unipose label` writes them; they are left in the work dir."""
    from unipose.commands.label import LabellingTeachers, write_labels
    from unipose.commands.label_pictures import LabellingModel
    from unipose.datasets.synthetic import SceneOptions, generate_coco
    from unipose.files import read_json
    from unipose.files.read_config import read_config

    people = dict(train2017=args.pictures, val2017=1)
    generate_coco(PICTURES, people, SEED, SceneOptions(max_persons=2, difficulty=0.1))  # as the demo's
    annotations = PICTURES / 'annotations/person_keypoints_train2017.json'
    file, folder = args.work_dir / f'{name}.json', PICTURES / 'train2017'
    if name == 'annotated':
        labels = read_json(annotations)
    elif file.is_file():
        return read_json(file)
    elif name == 'found':
        label = LabellingModel(read_config('configs/demo/dekr.py'), args.checkpoint)
        labels, _ = label(sorted(folder.iterdir()), folder)
    else:
        config = read_config('configs/demo/distill.py', {'model.teachers.mpii': None})
        boxes = annotations if name == 'teachers' else make_labels('found', args)
        labels, _ = LabellingTeachers(config)(boxes, folder)
    args.work_dir.mkdir(parents=True, exist_ok=True)
    write_labels(file, labels)
    return labels


def student_scores(row: str, work_dir: Path, epochs: int) -> dict[str, float]:
    """Trains a row's student and scores it on the demo's held-out people, unless that is done."""
    from unipose.commands.demo import train
    from unipose.evaluation.evaluate import evaluate_checkpoint
    from unipose.files import write_json

    file = work_dir / row / 'scores.json'
    if not file.is_file():
        config = student_config(row, work_dir, epochs)
        write_json(file, dict(evaluate_checkpoint(config, train(config)).metrics))
    return json.loads(file.read_text(encoding='utf-8'))


def student_config(row: str, work_dir: Path, epochs: int):
    """The demo's student of COCO's 17 keypoints, from random weights, on a row's labels."""
    from unipose.files import read_json
    from unipose.files.read_config import read_config

    labels = work_dir / f'{ROWS[row][1]}.json'
    knows_more = len(read_json(labels)['categories'][0]['keypoints']) > 17
    people = dict(type='CocoDataset', ann_file=str(labels), data_prefix=dict(img=f'{PICTURES}/train2017'))
    source = dict(skeleton='coco+mpii' if knows_more else 'coco', partial=knows_more, dataset=people)
    if row == 'found_weighted':
        source['weights'] = 'keypoint_scores'
    config = read_config('configs/demo/backbone.py', {'work_dir': str(work_dir / row)})
    config.train_dataloader.update(num_workers=0, persistent_workers=False)
    config.train_dataloader.dataset.sources = dict(labels=source)
    config.test_dataloader.dataset.sources.coco.dataset.data_root = 'data/demo/coco/'
    config.test_evaluator.metrics.coco.ann_file = 'data/demo/coco/annotations/person_keypoints_val2017.json'
    config.update(val_dataloader=config.test_dataloader, val_evaluator=config.test_evaluator)
    config.train_cfg.update(max_epochs=epochs, val_interval=epochs + 1)
    config.param_scheduler[1].update(end=epochs, T_max=epochs)
    return config


def compared(labels: dict[str, Any]) -> list[str]:
    """Labels beside the annotations, the cells of :data:`HEAD` after the first.

    How many people they have; which share of these is right (somebody, at OKS .5); which share of people is found; the
    median OKS of who is right, and the labelled keypoints of these beside those annotated; shares in %.
    """
    from collections import defaultdict

    import numpy as np

    from unipose.files import read_json
    from unipose.skeletons import load_skeleton
    from unipose.skeletons.oks import oks

    coco = load_skeleton('coco')
    truth, told = defaultdict(list), defaultdict(list)
    for content, by_name in (
        (read_json(PICTURES / 'annotations/person_keypoints_train2017.json'), truth),
        (labels, told),
    ):
        names = {image['id']: image['file_name'] for image in content['images']}
        order = [content['categories'][0]['keypoints'].index(name) for name in coco.names]
        for person in content['annotations']:
            keypoints = np.reshape(person['keypoints'], (-1, 3))[order].astype(float)
            if keypoints[:, 2].any():
                by_name[names[person['image_id']]].append((keypoints, person['area']))
    alike, found, labelled, annotated = [], 0, 0, 0
    for name, people in truth.items():
        best = np.zeros(len(people))
        for keypoints, _ in told[name]:
            each = [
                oks(keypoints[:, :2], own[:, :2], own[:, 2] * keypoints[:, 2], area, np.array(coco.sigmas))
                for own, area in people
            ]
            each = np.nan_to_num(each)
            best = np.maximum(best, each)
            alike.append(each.max())
            if each.max() >= 0.5:
                labelled += (keypoints[:, 2] > 0).sum()
                annotated += (people[each.argmax()][0][:, 2] > 0).sum()
        found += (best >= 0.5).sum()
    count, right = sum(map(len, told.values())), np.array(alike) >= 0.5
    shares = right.sum() / count, found / sum(map(len, truth.values()))
    return [
        str(count),
        *(f'{100 * share:.1f}' for share in shares),
        f'{np.median(np.array(alike)[right]):.3f}',
        f'{100 * labelled / annotated:.0f}',
    ]


if __name__ == '__main__':
    main()
