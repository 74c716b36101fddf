"""Packages unipose so that it installs into an environment that already has its own torch, mmcv and OpenCV.

`pip install '.[runtime]'` is all that runs an exported student. What trains one is not required, on purpose:
    torch: which build (CPU, CUDA, a vendor's) is the user's choice, and pip would pick one of several GB.
    mmengine, mmcv, mmpose, mmdet: they want --no-deps, because of what they list and do not need.
    cv2, albumentations: four distributions provide cv2 and overwrite each other; an OpenMMLab environment has one.
`python -m unipose doctor` names the commands for whatever is missing. `pip install -e '.[full]'` brings what
requirements/base.txt pins.
"""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def read_requirements(name: str) -> list[str]:
    """The requirements of one file, without comments."""
    lines = (HERE / 'requirements' / name).read_text(encoding='utf-8').splitlines()
    return [requirement for line in lines if (requirement := line.partition('#')[0].strip())]


EXTRAS = {
    **{name: f'{name}.txt' for name in ('dev', 'app', 'export', 'runtime', 'transformers')},
    'full': 'base.txt',
}

setup(
    name='unipose',
    version=re.search(r"__version__ = '(.+)'", (HERE / 'unipose' / '__init__.py').read_text(encoding='utf-8'))[1],
    description='Distil several pose teachers into one student that predicts the union of their keypoints',
    license='Apache-2.0',
    license_files=['LICENSE'],
    packages=find_packages(include=['unipose', 'unipose.*']),
    package_data={
        'unipose': ['**/*.json', '**/*.yaml', '**/*.txt', '**/*.j2', 'skeletons/known/*.py'],
        'unipose.student': ['student.onnx', 'README.md'],
    },
    python_requires='>=3.10',
    install_requires=['numpy>=1.24'],
    entry_points=dict(
        console_scripts=['unipose = unipose.commands.main:main', 'unipose-run = unipose.runtime.run:main'],
    ),
    extras_require={name: read_requirements(file) for name, file in EXTRAS.items()},
)
