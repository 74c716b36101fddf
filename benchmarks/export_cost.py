"""What exporting a student costs: its scores as ONNX in fp32, fp16 and int8, beside those of its checkpoint."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mmengine.config import Config

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SURE = 0.3
EXAMPLE = 'example: python benchmarks/export_cost.py configs/demo/distill.py work_dirs/demo/epoch_16.pth'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    parser.add_argument('config', help='config that the student was trained with; int8 is calibrated on its people')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--images', type=Path, help='people to compare with torch on; default: synthetic ones')
    parser.add_argument('--test-people', action='store_true', help='compare on the people that it is scored on')
    parser.add_argument('--det-model', help='an RTMDet or YOLOX (.onnx) that finds people in --images')
    parser.add_argument('--limit', type=int, default=64, metavar='N', help='of people there (default: 64)')
    args = parser.parse_args()
    if args.test_people and args.images:
        parser.error('--test-people and --images are two ways to say on whom; give one')
    import unipose.registration  # noqa: F401
    from unipose.console.mistakes import MISTAKES, error_message

    try:
        print(table(args))
    except (*MISTAKES, ImportError) as error:
        parser.error(error_message(error))


def table(args: argparse.Namespace) -> str:
    """A table in Markdown: a row for the checkpoint and each file."""
    from unipose.commands.export.check import compare, onnx_runner
    from unipose.commands.export.deployed_student import load_exportable
    from unipose.commands.export.onnx_estimator import load_onnx_estimator
    from unipose.commands.export.onnx_file import write_onnx
    from unipose.commands.export.options import ExportOptions
    from unipose.commands.export.pictures import check_pictures, training_crops
    from unipose.evaluation.evaluate import evaluate_checkpoint
    from unipose.files.read_config import read_config
    from unipose.runtime import OnnxPersonDetector

    config = read_config(args.config, {'model.test_cfg.dialects': False})  # exported files have the plain outputs
    student = load_exportable(args.checkpoint)
    detect = OnnxPersonDetector(args.det_model) if args.det_model else None
    if args.test_people:
        pictures = test_crops(config, args.limit)
    else:
        pictures = check_pictures(student, args.images, detect, args.limit)
    kinds = dict(
        fp32=ExportOptions(), fp16=ExportOptions(fp16=True), int8=ExportOptions(int8=training_crops(student, config))
    )
    checkpoint = evaluate_checkpoint(config, args.checkpoint).metrics
    measures = ('AP', 'PCKh@0.5', 'PCKh@0.1', 'PCK@0.2')
    shown = [name for name in checkpoint if name.partition('/')[2] in measures]
    size = Path(args.checkpoint).stat().st_size / 1e6
    rows = [['checkpoint', f'{size:.1f}', *_scores(checkpoint, shown), *['-'] * 4]]
    with tempfile.TemporaryDirectory() as folder:
        for kind, options in kinds.items():
            file = Path(folder) / f'{kind}.onnx'
            write_onnx(student, file, options)
            sides = compare(student, onnx_runner(file), pictures, options)
            found, sure = (sides.difference(pixels=3.0, least=least) for least in (0.0, SURE))
            metrics = evaluate_checkpoint(config, file, load=load_onnx_estimator).metrics
            shares = [f'{100 * part.share:.1f}%' for part in (found, sure)]
            apart = [f'{found.mean:.4f}', *shares, f'{found.score:.1e}']
            rows.append([kind, f'{file.stat().st_size / 1e6:.1f}', *_scores(metrics, shown), *apart])
    apart = ['mean distance, input px', 'further than 3 px', f'scored above {SURE}', 'largest difference of a score']
    head = ['', 'MB', *shown, *apart]
    lines = [head, ['---', *['---:'] * (len(head) - 1)], *rows]
    compared = (
        f'compared with torch on {len(pictures)} people, {found.count} keypoints, {sure.count} of them scored above '
        f'{SURE}, in batches of 1, 3, 8 and 32'
    )
    return '\n'.join([*(f'| {" | ".join(line)} |' for line in lines), '', compared])


def test_crops(config: Config, limit: int) -> np.ndarray:
    """Crops of people that a config tests on, spread over its sources, ``[N, H, W, 3]``, uint8, BGR."""
    from mmengine.registry import init_default_scope

    from unipose.evaluation.evaluate import build_test_data

    init_default_scope('mmpose')
    dataset = build_test_data(config)[0].dataset
    chosen = np.linspace(0, len(dataset) - 1, min(limit, len(dataset))).astype(int)
    return np.stack([dataset[index]['inputs'].permute(1, 2, 0).numpy() for index in chosen])


def _scores(metrics: dict[str, float], names: list[str]) -> list[str]:
    return [f'{metrics[name] * (100 if name.endswith("/AP") else 1):.2f}' for name in names]


if __name__ == '__main__':
    main()
