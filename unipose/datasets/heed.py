"""What is done about remarks on an annotation file before its people are used."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from unipose.batches.spread import spread
from unipose.files.coco import refuse_faults, warnings
from unipose.files.coco.images import Images
from unipose.files.picture_sizes import wrong_sizes
from unipose.files.remark import Remark

_LOOKED = 256  # images
_FEW = 0.01  # of them


def heed(file: str | Path, remarks: Sequence[Remark]) -> None:
    """Refuses a file with faults, and logs what is odd about another.

    Raises:
        AnnotationError: If there are faults.
    """
    refuse_faults(file, remarks)
    for line in warnings(file, remarks):
        print_log(line, logger='current', level=logging.WARNING)


def heed_sizes(file: str | Path, images: Images, places: np.ndarray) -> None:
    """Refuses a file that says sizes of images which are not theirs: what is annotated there may lie elsewhere.

    A spread of the images is looked at: all of COCO take minutes on a slow disk. Where few are wrong, training leaves
    each out as it meets it, and scoring ends there, as with damaged images.

    Args:
        file: What to call the file.
        images: All that it lists.
        places: Of those that are used, in the list.

    Raises:
        AnnotationError: If more than a hundredth are wrong.
    """
    used = np.unique(places)
    looked = used[spread(len(used), _LOOKED)]
    wrong = wrong_sizes([images.paths[place] for place in looked.tolist()], images.sizes[looked])
    if len(wrong) > _FEW * len(looked):
        refuse_faults(file, wrong)
