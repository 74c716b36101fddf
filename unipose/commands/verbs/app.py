"""A page to try a student and its teachers on pictures and videos, in a browser on this machine."""

import argparse

from unipose.commands.arguments import add_config_options, find_config
from unipose.console.mistakes import MISTAKES, mistakes_told

EXAMPLE = 'configs/demo/distill.py work_dirs/demo/epoch_16.pth --det-model rtmdet.onnx'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='config that the student was trained with; its teachers can be asked too')
    add('checkpoint', help='checkpoint, or exported student')
    add('--det-model', help='MMDetection config, RTMDet or YOLOX (.onnx) or auto; without it a picture is one box')
    add('--det-weights', help='weights of the detector; none for an .onnx file')
    add('--device', default='cpu', help='such as cpu or cuda:0 (default: cpu)')
    add('--host', default='127.0.0.1', help='address to bind to (default: 127.0.0.1, this machine alone)')
    add('--port', type=int, default=7860, help='default: 7860')
    add('--max-mb', type=int, default=50, help='largest file (default: 50)')
    add('--max-seconds', type=float, default=60, help='longest video (default: 60)')
    add_config_options(parser, 'e.g. model.teachers.mpii=None')


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if args.max_mb < 1 or args.max_seconds <= 0:
        parser.error('--max-mb and --max-seconds must be positive')
    find_config(args.config, parser)

    import unipose.registration  # noqa: F401
    from unipose.commands.app import PoseApp, serve
    from unipose.commands.detectors import build_detector
    from unipose.files.read_config import read_config

    with mistakes_told(parser, (*MISTAKES, ImportError)):
        config = read_config(args.config, args.cfg_options)
        detect = build_detector(args.det_model, args.det_weights, args.device)
        app = PoseApp(config, args.checkpoint, detect, args.device, args.max_seconds)
        print(f'http://{args.host}:{args.port} (Ctrl-C ends)', flush=True)
        serve(app, args.host, args.port, args.max_mb)
