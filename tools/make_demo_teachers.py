"""Train the demo's teachers and the student's backbone again; their weights go to teachers/demo."""

import argparse
from pathlib import Path

from mmengine.config import Config

import unipose.registration  # noqa: F401
from unipose.commands.demo import generate_people, save_weights, train
from unipose.evaluation.evaluate import evaluate_checkpoint
from unipose.evaluation.format_scores import format_evaluation

PARTS = dict(teacher_coco='', teacher_mpii='', backbone='backbone.')  # name -> the keys that are kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog='example: python tools/make_demo_teachers.py')
    parser.add_argument('--only', nargs='+', choices=PARTS, default=list(PARTS), help='default: all of them')
    parser.add_argument('--out', type=Path, default=Path('teachers/demo'))
    args = parser.parse_args()
    generate_people('data/demo_teachers', num_train=4000, num_val=300, seed=100)
    for part in args.only:
        config = Config.fromfile(f'configs/demo/{part}.py')
        config.work_dir = f'work_dirs/demo_teachers/{part}'
        checkpoint = train(config)
        save_weights(checkpoint, args.out / f'{part}.pth', prefix=PARTS[part])
        print(format_evaluation(evaluate_checkpoint(config, checkpoint)))


if __name__ == '__main__':
    main()
