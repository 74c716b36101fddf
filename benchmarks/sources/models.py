"""Which models they are, and where each lies here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import yaml

from unipose.checkpoints.manifest import load_manifest
from unipose.files.read_config import read_config

_MMPOSE = Path(find_spec('mmpose').origin).parent / '.mim'
_ZOO = 'https://github.com/open-mmlab/mmpose/blob/main'
_MEASURES = dict(AP='AP', Mean='PCKh@0.5')  # what MMPose calls them, of COCO and of MPII


@dataclass(frozen=True)
class Published:
    """What somebody else scored.

    Args:
        score: Number and measure.
        source: Where it is said.
        weights: Where the weights are.
    """

    score: str
    source: str
    weights: str = ''


@dataclass(frozen=True)
class SourceModel:
    """A row of the page.

    Args:
        title: Its name in the page.
        config: Its config.
        student: The config in which it is a student.
        zoo: The config of MMPose's model zoo that it is, without suffix; by default one that its config inherits.
        published: What it scored, where that is not in MMPose's model zoo.
    """

    title: str
    config: str
    student: str = ''
    zoo: str = ''
    published: Published | None = None

    def score(self) -> Published | None:
        """What is published of it."""
        return self.published or _of_mmpose(self.config, self.zoo)

    def weights(self) -> str:
        """Where its weights come from."""
        name, published = Path(self.config).stem, self.score()
        if name in load_manifest():
            return f'`unipose download {name}`'
        return f'[MMPose]({published.weights})' if published and published.weights else 'none are published'


@cache
def _of_mmpose(config: str, zoo: str) -> Published | None:
    """What MMPose's model zoo says of a config."""
    text = read_config(config).text  # with that of all it inherits
    for name in [zoo] if zoo else re.findall(r"'mmpose::(.+)\.py'", text):
        for metafile in (_MMPOSE / 'configs' / name).parent.glob('*.yml'):
            for model in yaml.safe_load(metafile.read_text())['Models']:
                if model['Config'] == f'configs/{name}.py':
                    page = f'{_ZOO}/{metafile.relative_to(_MMPOSE).with_suffix(".md")}'
                    score = _score(model['Results'][0]['Metrics'])
                    return Published(score, f'[MMPose]({page})', model['Weights'])
    return None


def _score(metrics: dict[str, float]) -> str:
    name = next(name for name in _MEASURES if name in metrics)
    return f'{100 * metrics[name]:.1f} {_MEASURES[name]}'


_PSA = Published('78.9 AP', '[its authors](https://github.com/DeLightCMU/PSA)')

MODELS = (
    SourceModel('RTMPose-t', 'configs/teachers/rtmpose-t_coco-256x192.py', 'distill_tiny'),
    SourceModel('RTMPose-s', 'configs/teachers/rtmpose-s_coco-256x192.py', 'distill_small'),
    SourceModel('RTMPose-m', 'configs/teachers/rtmpose-m_coco-256x192.py', 'distill_medium'),
    SourceModel('RTMPose-l', 'configs/teachers/rtmpose-l_coco-256x192.py'),
    SourceModel('SimCC (SimDR), ResNet-50', 'configs/teachers/simcc_res50_coco-256x192.py'),
    SourceModel('RLE, ResNet-50', 'configs/teachers/rle_res50_coco-256x192.py'),
    SourceModel('HRNet-w32', 'configs/teachers/hrnet-w32_coco-256x192.py'),
    SourceModel('HRNet-w48', 'configs/teachers/hrnet-w48_coco-256x192.py'),
    SourceModel('HRNet-w48, UDP + PSA', 'configs/teachers/hrnet-w48-psa_udp_coco-256x192.py', published=_PSA),
    SourceModel('Hourglass, one stack', 'configs/teachers/hourglass52_mpii-256x256.py'),
    SourceModel('DEKR, HRNet-w32', 'configs/dekr_hrnet-w32_coco-512x512.py'),
    SourceModel(
        'DEKR, HRNet-w48',
        'configs/dekr_hrnet-w48_coco-640x640.py',
        zoo='body_2d_keypoint/dekr/coco/dekr_hrnet-w48_8xb10-140e_coco-640x640',
    ),
)
