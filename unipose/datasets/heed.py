"""What is done about remarks on an annotation file before its people are used."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from mmengine.logging import print_log

from unipose.files.coco import refuse_faults, warnings
from unipose.files.remark import Remark


def heed(file: str | Path, remarks: Sequence[Remark]) -> None:
    """Refuses a file with faults, and logs what is odd about another.

    Raises:
        AnnotationError: If there are faults.
    """
    refuse_faults(file, remarks)
    for line in warnings(file, remarks):
        print_log(line, logger='current', level=logging.WARNING)
