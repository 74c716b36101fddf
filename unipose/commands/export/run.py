"""An export, from a checkpoint to a file that is known to predict the same."""

from __future__ import annotations

from pathlib import Path

from unipose.runtime import OnnxPersonDetector

from .deployed_student import load_exportable
from .export import export
from .options import ExportOptions
from .pictures import calibration_people, check_pictures


def export_checkpoint(
    checkpoint: str | Path,
    out: Path,
    *,
    int8: bool = False,
    calibrate_on: str | Path | None = None,
    images: str | Path | None = None,
    det_model: str | Path | None = None,
    **options: object,
) -> str:
    """Writes a checkpoint's student as ONNX or TorchScript.

    Args:
        checkpoint: See :func:`load_exportable`.
        out: The file.
        int8: Quantise, calibrated on training people.
        calibrate_on: Config of these people; by default the checkpoint's own.
        images: An image or folder of people to check the file on; by default synthetic people.
        det_model: An exported RTMDet or YOLOX that finds people in them; by default a whole image is one.
        **options: Others of :class:`ExportOptions`.

    Returns:
        How far it is from torch, as text.

    Raises:
        Exception: As :func:`load_exportable`, :func:`export` and the pictures' functions.
    """
    student = load_exportable(checkpoint)
    how = ExportOptions(**options, int8=calibration_people(student, calibrate_on) if int8 else None)
    detect = OnnxPersonDetector(det_model) if det_model else None
    pictures = check_pictures(student, Path(images) if images else None, detect)
    found = export(student, out, pictures, how)
    batches = 'of several sizes' if how.any_batch else 'of 1'
    return f'against torch, on {len(pictures)} people in batches {batches}, {found}'
