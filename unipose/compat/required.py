"""The packages that the training stack imports, and the command that installs what is missing."""

import importlib.util

# What MMPose, MMDetection, MMEngine and mmcv really import, by module; chumpy, which MMPose lists, is not among it.
ORDINARY = {
    'numpy': 'numpy>=1.24',
    'cv2': 'opencv-python-headless<5',
    'albumentations': 'albumentations==1.4.24',
    'pycocotools': 'pycocotools',
    'scipy': 'scipy>=1.12',  # isotonic_regression
    'matplotlib': 'matplotlib',
    'PIL': 'pillow',
    'yaml': 'pyyaml',
    'addict': 'addict',
    'rich': 'rich',
    'termcolor': 'termcolor',
    'yapf': 'yapf',
    'packaging': 'packaging',
    'json_tricks': 'json-tricks',
    'munkres': 'munkres',
    'shapely': 'shapely',
    'six': 'six',
    'terminaltables': 'terminaltables',
    'tqdm': 'tqdm',
}

# Installed with --no-deps: what they declare holds chumpy and xtcocotools, which do not build, and a second OpenCV.
OPENMMLAB = {
    'mmengine': 'mmengine==0.10.7',
    'mmcv': 'mmcv-lite==2.1.0',
    'mmpose': 'mmpose==1.3.2',
    'mmdet': 'mmdet==3.3.0',
}

TORCH = {'torch': 'torch'}


def required_packages_are_missing() -> None:
    """Check that everything is installed before the first import fails three libraries down.

    Symptom: a traceback through MMPose that ends in `No module named ...`.
    Cause: the OpenMMLab packages cannot be dependencies that pip resolves, so one is easily forgotten.

    Raises:
        ImportError: Something is missing; the message names all of it and the commands to run.
    """
    commands = install_commands()
    if commands:
        raise ImportError('the training stack is not complete here. Run: ' + ' && '.join(commands))


def install_commands() -> list[str]:
    """The pip commands that install what is missing; empty when nothing is."""
    commands = []
    for packages, options in ((TORCH, ''), (ORDINARY, ''), (OPENMMLAB, '--no-deps ')):
        missing = [requirement for module, requirement in packages.items() if not is_installed(module)]
        if missing:
            quoted = ' '.join(
                f'"{requirement}"' if set('<>') & set(requirement) else requirement for requirement in missing
            )
            commands.append(f'pip install {options}{quoted}')
    return commands


def is_installed(module: str) -> bool:
    """Whether a top-level module can be found, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    # A module put into sys.modules without a spec is there all the same.
    except ValueError:
        return True
