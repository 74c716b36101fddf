"""Packages unipose, as unipose-distill, into an environment that already has its own torch, mmcv and OpenCV.

`pip install 'unipose-distill[runtime]'` is all that runs an exported student. What trains one is not required, on
purpose:
    torch: which build (CPU, CUDA, a vendor's) is the user's choice, and pip would pick one of several GB.
    mmengine, mmcv, mmpose, mmdet: they want --no-deps, because of what they list and do not need.
    cv2, albumentations: four distributions provide cv2 and overwrite each other; an OpenMMLab environment has one.
`python -m unipose doctor` names the commands for whatever is missing. `pip install -e '.[full]'` brings what
requirements/base.txt pins.
"""

import re
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
ALONG = (
    'configs/*.py',
    'configs/_base_/*.py',
    'configs/demo/**/*.py',
    'configs/sources/*.py',
    'configs/teachers/*.py',
    'configs/teachers/*.json',
    'teachers/demo/*.pth',
    'docs/images/astronaut.jpg',
    'data/README.md',
    'teachers/README.md',
)
"""What commands read in a repository, and an installed package has under its own folder (see checkpoints/locate.py)."""


def read_requirements(name: str) -> list[str]:
    """The requirements of one file, without comments."""
    lines = (HERE / 'requirements' / name).read_text(encoding='utf-8').splitlines()
    return [requirement for line in lines if (requirement := line.partition('#')[0].strip())]


EXTRAS = {
    **{name: f'{name}.txt' for name in ('dev', 'app', 'export', 'openvino', 'runtime', 'transformers')},
    'full': 'base.txt',
}


class BuildWithConfigs(build_py):
    """Builds the package, and puts what comes along into its folder."""

    def run(self) -> None:
        """Adds the files, but for an editable installation, which finds them in the repository."""
        super().run()
        for file in () if self.editable_mode else (file for pattern in ALONG for file in HERE.glob(pattern)):
            copy = Path(self.build_lib, 'unipose', file.relative_to(HERE))
            self.mkpath(str(copy.parent))
            self.copy_file(str(file), str(copy))


setup(
    name='unipose-distill',
    version=re.search(r"__version__ = '(.+)'", (HERE / 'unipose' / '__init__.py').read_text(encoding='utf-8'))[1],
    description='Distil several pose teachers into one student that predicts the union of their keypoints',
    license='Apache-2.0',
    license_files=['LICENSE'],
    packages=find_packages(include=['unipose', 'unipose.*']),
    package_data={
        'unipose': ['**/*.json', '**/*.yaml', '**/*.txt', '**/*.j2', 'skeletons/known/*.py', 'py.typed'],
        'unipose.student': ['student.onnx', 'README.md'],
    },
    cmdclass=dict(build_py=BuildWithConfigs),
    python_requires='>=3.10',
    install_requires=['numpy>=1.24'],
    entry_points=dict(
        console_scripts=['unipose = unipose.commands.main:main', 'unipose-run = unipose.runtime.run:main'],
    ),
    extras_require={name: read_requirements(file) for name, file in EXTRAS.items()},
)
