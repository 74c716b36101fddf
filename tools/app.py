"""A page to try a student and its teachers on pictures and videos, in a browser on this machine."""

import argparse

import unipose.registration  # noqa: F401
from unipose.commands.app import PoseApp, serve
from unipose.commands.detectors import build_detector
from unipose.console.mistakes import MISTAKES, error_message
from unipose.files.read_config import ConfigOptions, read_config

EXAMPLE = 'example: python tools/app.py configs/demo/distill.py work_dirs/demo/epoch_16.pth --det-model rtmdet.onnx'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    add = parser.add_argument
    add('config', help='config that the student was trained with; its teachers can be asked too')
    add('checkpoint', help='checkpoint, or exported student')
    add('--det-model', help='MMDetection config, exported RTMDet (.onnx) or auto; without it a picture is one box')
    add('--det-weights', help='weights of the detector; none for an .onnx file')
    add('--device', default='cpu', help='such as cpu or cuda:0 (default: cpu)')
    add('--host', default='127.0.0.1', help='address to bind to (default: 127.0.0.1, this machine alone)')
    add('--port', type=int, default=7860, help='default: 7860')
    add('--max-mb', type=int, default=50, help='largest file (default: 50)')
    add('--max-seconds', type=float, default=60, help='longest video (default: 60)')
    add('--cfg-options', nargs='+', action=ConfigOptions, help='e.g. model.teachers.mpii=None')
    args = parser.parse_args()
    if args.max_mb < 1 or args.max_seconds <= 0:
        parser.error('--max-mb and --max-seconds must be positive')
    try:
        config = read_config(args.config, args.cfg_options)
        detect = build_detector(args.det_model, args.det_weights, args.device)
        app = PoseApp(config, args.checkpoint, detect, args.device, args.max_seconds)
        print(f'http://{args.host}:{args.port} (Ctrl-C ends)', flush=True)
        serve(app, args.host, args.port, args.max_mb)
    except (*MISTAKES, ImportError) as error:
        parser.error(error_message(error))


if __name__ == '__main__':
    main()
