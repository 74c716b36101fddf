"""The file that an export writes, checked before anything heavy is imported."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = dict(onnx='.onnx', torchscript='.ts')
MMPOSE = 'mmpose'


def checked_out(checkpoint: str | Path, out: str | Path | None, kind: str, force: bool = False) -> Path:
    """The ONNX or TorchScript file to write.

    Args:
        checkpoint: What is exported.
        out: The file; by default the checkpoint with another suffix.
        kind: ``'onnx'`` or ``'torchscript'``.
        force: It may be there already.

    Raises:
        ValueError: If it cannot be that.
        FileExistsError: If it is there.
    """
    if Path(checkpoint).suffix in SUFFIXES.values():
        raise ValueError(f'{checkpoint} is exported already; give the checkpoint that it was exported from')
    out = Path(out or Path(checkpoint).with_suffix(SUFFIXES[kind]))
    if out.suffix in ('.pth', '.py'):
        raise ValueError(
            f'{out} would be a checkpoint or a config by its name; name an .onnx or .ts file with --out, or give '
            f'--format {MMPOSE}'
        )
    wrong = [other for other, suffix in SUFFIXES.items() if suffix == out.suffix and other != kind]
    if wrong:
        raise ValueError(
            f'{out} would be {kind}, which its name contradicts; give --format {wrong[0]} or another --out'
        )
    if out.exists() and not force:
        raise FileExistsError(f'{out} exists; name another file with --out, or add --force to write over it')
    return out
