"""What `import unipose` offers: the whole way from teachers to a student in a few calls.

Nothing heavy is imported before a function is called; :func:`load` of an ONNX file needs no torch. What is wrong with
what was asked for is a ValueError or an OSError that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from unipose.console.mistakes import mistakes_raised

if TYPE_CHECKING:
    from mmengine.config import Config

    from unipose.commands.train.run import Trained
    from unipose.people.predictor import Detect, Predictor
    from unipose.skeletons.loading import SkeletonSpec

    FlipTest = bool | Literal['aligned']


def load(
    student: str | Path | None = None,
    *,
    config: str | Path | Config | None = None,
    skeleton: str | None = None,
    predicts: SkeletonSpec | None = None,
    detector: str | Path | Detect | None = None,
    flip_test: FlipTest = False,
    device: str = 'cpu',
    threads: int = 0,
) -> Predictor:
    """Loads a student, to look at pictures with.

    Args:
        student: An ONNX file of ``unipose export``; a checkpoint (``.pth``) of a training run, or any of an MMPose
            model, top-down or one that finds people in whole pictures itself; None for the student that comes along,
            whose licences a warning names.
        config: Of a checkpoint: what it was trained with; by default what is in it, or lies beside it.
        skeleton: Keypoints to keep, such as ``'coco'``; by default all.
        predicts: Of a checkpoint: what its keypoints are; by default what it says, which published ones do not.
        detector: What finds people: ``'auto'`` for RTMDet-nano, which is fetched once, an exported RTMDet (``.onnx``),
            or a function from an image to boxes and scores. Without one a whole picture is one person's.
        flip_test: Average predictions with those on the mirrored image: ``'aligned'``, or as MMPose does (True).
        device: Of a checkpoint: where to run, such as ``'cuda:0'``.
        threads: Of ONNX files; 0 is as many as there are cores.

    Returns:
        What turns an image (a file, or ``[H, W, 3]``, uint8, BGR), a list of them, and optionally boxes ``[N, 4]``,
        into people: ``person['left_wrist'].x``, ``person.keypoints``, ``person.scores``, ``person.score`` and
        ``person.bbox``.

    Raises:
        ValueError: If files and options do not fit each other.
        OSError: If a file is missing, or RTMDet-nano cannot be fetched.
        ImportError: If onnxruntime, or for a checkpoint torch or MMPose, is not installed.
    """
    from unipose.people.predictor import Predictor
    from unipose.runtime import OnnxInferencer, OnnxPersonDetector

    with mistakes_raised():
        if student is None or Path(student).suffix == '.onnx':
            if config is not None or predicts is not None or device != 'cpu':
                raise ValueError(
                    'an ONNX file says itself what it predicts, and runs on the CPU; config, predicts and '
                    'device are of a checkpoint (.pth)'
                )
            exported = OnnxInferencer(student, None, flip_test, threads, skeleton=skeleton, device=device)
            predict, predicted = (lambda *asked: list(map(exported, *asked))), exported.skeleton
        else:
            import unipose.registration  # noqa: F401
            from unipose.checkpoints.loading import resolve_checkpoint
            from unipose.commands.checkpoint_config import config_of_checkpoint
            from unipose.inference import load_inferencer
            from unipose.inference.load_student import checkpoint_meta

            path = resolve_checkpoint(student)
            model = config_of_checkpoint(path, checkpoint_meta(path)) if config is None else config
            options = dict(flip_test=flip_test, skeleton=skeleton, predicts=predicts)
            network = load_inferencer(model, path, device, **options)
            predict, predicted = network.predict_images, network.skeleton
        detect = OnnxPersonDetector(detector, threads=threads) if isinstance(detector, str | Path) else detector
        return Predictor(predict, predicted, detect)


def train(
    config: str | Path | Config,
    *,
    work_dir: str | Path | None = None,
    resume: bool | str | Path = False,
    crops: str | Path | None = None,
    targets: str | Path | None = None,
    amp: bool = False,
    wandb: str | None = None,
    auto_scale_lr: bool = False,
    launcher: Literal['none', 'pytorch', 'slurm'] = 'none',
    **overrides: Any,
) -> Trained:
    """Trains a student, as ``unipose train`` does.

    Args:
        config: Training config, its file, or the name of one that comes along, such as ``'distill_small'``.
        work_dir: Folder for logs and checkpoints; by default the config's, or ``work_dirs/<config name>``.
        resume: Go on from the latest checkpoint in the work dir, if there is one, or from this one.
        crops: Read what ``unipose crops`` stored in this folder, not whole images; or ``'auto'``: store it first.
        targets: Replay what ``unipose cache`` stored in this folder, no teacher is run; or ``'auto'``: store the first
            views of everybody while training, and replay them from then on.
        amp: Mixed precision: bf16 where the machine has units for it.
        wandb: Also log to this project of Weights & Biases.
        auto_scale_lr: Scale the learning rate to the batch size.
        launcher: What started this process and others that share the work.
        **overrides: What to change in the config: ``train_cfg=dict(max_epochs=2)``, or by dotted keys,
            ``**{'model.teachers.mpii.weight': 0.3}``.

    Returns:
        ``work_dir``, ``config`` (its file there), ``checkpoint`` (the last one) and ``scores`` of the last validation.

    Raises:
        ValueError: If something in the config does not fit something else.
        OSError: If a file is missing or cannot be written.
        RuntimeError: If training breaks off for another reason, which is its cause.
    """
    import unipose.registration  # noqa: F401
    from unipose.commands.train.run import train

    with mistakes_raised():
        return train(
            config,
            overrides,
            work_dir=work_dir,
            resume=resume,
            crops=crops,
            targets=targets,
            amp=amp,
            wandb=wandb,
            auto_scale_lr=auto_scale_lr,
            launcher=launcher,
        )


def distill(
    student: str | Path | Config = 'rtmpose-s',
    *,
    teachers: Mapping[str, Mapping[str, Any] | str],
    data: Mapping[str, Mapping[str, Any]],
    val: Mapping[str, Mapping[str, Any]] | None = None,
    work_dir: str | Path = 'work_dirs/distill',
    skeleton: str | Path | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    resume: bool | str | Path = False,
    amp: bool = False,
    **overrides: Any,
) -> Trained:
    """Distils teachers into a student, on your people.

    What is trained is written to ``distill.py`` in the work dir: a config to read, to change and to train from again.

    Args:
        student: ``'rtmpose-t'``, ``'rtmpose-s'`` or ``'rtmpose-m'``, or the config of another, as :func:`train` takes
            it, whose network, augmentation and schedule are taken.
        teachers: Entries of a config's ``model.teachers`` by name, such as ``dict(onnx='a.onnx', skeleton='coco')``
            (see docs/teachers.md), or names of those that come along, as of ``unipose init --teachers``: ``'coco'`` is
            that of the student's config.
        data: Training people by name: ``ann_file`` (COCO's format; with ``type='MpiiDataset'`` or another dataset of
            MMPose, its own), ``images`` (their folder) and ``skeleton`` (of their annotations, a name or a file; None
            for boxes alone); an ``ann_file`` that is Ultralytics' ``data.yaml`` needs no ``images``; optionally
            ``ratio``, ``padding``, ``license`` and what else a source has.
        val: People to score on, likewise; what is not said is that of the training people of the same name. MPII's
            need ``headbox_file``; ``metric`` says how others than COCO's and MPII's are scored.
        work_dir: Folder for config, logs and checkpoints.
        skeleton: What the student predicts; by default the union of what people are annotated with and teachers know.
        epochs: How long to train; the student's schedule is made shorter or longer as a whole.
        batch_size: People in a step.
        resume: See :func:`train`.
        amp: See :func:`train`.
        **overrides: What else to change in the config, see :func:`train`.

    Returns:
        As :func:`train`.

    Raises:
        ValueError: If something does not fit something else.
        OSError: If a file is missing or cannot be written.
        RuntimeError: If training breaks off for another reason, which is its cause.
    """
    import unipose.registration  # noqa: F401
    from unipose.commands.distill.config import distillation_config, write_config
    from unipose.commands.train.run import train

    with mistakes_raised():
        config = distillation_config(student, teachers, data, work_dir, val, skeleton, epochs, batch_size, overrides)
        file = Path(work_dir) / 'distill.py'
        write_config(config, file)
        return train(file, resume=resume, amp=amp)


def evaluate(
    config: str | Path | Config,
    student: str | Path,
    *,
    skeleton: str | None = None,
    flip_test: FlipTest = True,
    multiscale: bool = False,
    also: Sequence[str | Path] = (),
    **overrides: Any,
) -> dict[str, float]:
    """Scores a student on every dataset of a config, each with its own metric, as ``unipose test`` does.

    Args:
        config: Config that it was trained with, as :func:`train` takes it.
        student: Checkpoint, or exported student (``.pth`` or ``.onnx``).
        skeleton: Keep these keypoints alone, such as ``'coco'``; what needs others is not scored.
        flip_test: Average predictions with those on the mirrored image, as MMPose does, or ``'aligned'``.
        multiscale: Put predictions together of several sizes of crops, or of pictures.
        also: Files of more test sources, such as ``configs/sources/halpe.py``.
        **overrides: What to change in the config, see :func:`train`.

    Returns:
        Scores by name, such as ``coco/AP`` (in [0, 1]) and ``mpii/PCKh@0.5`` (in percent).

    Raises:
        ValueError: If config, student and datasets do not fit each other, or an image is damaged.
        OSError: If a file is missing.
        ImportError: If an ONNX file is scored and onnxruntime is not installed.
    """
    import unipose.registration  # noqa: F401
    from unipose.commands.score import score_student
    from unipose.evaluation.added_sources import with_sources
    from unipose.evaluation.ways import scales_of_test
    from unipose.files.read_config import read_config

    with mistakes_raised():
        config = read_config(with_sources(config, *also) if also else config, overrides)
        scales = scales_of_test(config, multiscale)
        return score_student(config, student, skeleton=skeleton, flip_test=flip_test, scales=scales).metrics


def export(
    checkpoint: str | Path,
    out: str | Path | None = None,
    format: Literal['onnx', 'torchscript', 'mmpose'] = 'onnx',
    *,
    force: bool = False,
    **options: Any,
) -> Path:
    """Exports a student, as ``unipose export`` does: what predicts something else than the checkpoint is not kept.

    Args:
        checkpoint: Checkpoint of a training run, or of ``format='mmpose'`` with its config beside it.
        out: The file to write; by default the checkpoint with another suffix.
        format: ``'onnx'``, ``'torchscript'``, or ``'mmpose'``: a plain MMPose model, its config beside it.
        force: Write over existing files.
        **options: Of ONNX and TorchScript: ``decode``, ``bgr``, ``dynamic_batch``, ``simplify``, ``fp16``, ``int8``,
            ``calibrate_on``, ``images`` and ``det_model``, see
            :func:`unipose.commands.export.run.export_checkpoint`.

    Returns:
        The file.

    Raises:
        ValueError: If options do not go together, or the file predicts something else.
        OSError: If a file is missing, exists already or cannot be written.
        ImportError: If a package is missing.
    """
    import unipose.registration  # noqa: F401
    from unipose.commands.export.out_file import MMPOSE, SUFFIXES, checked_out
    from unipose.commands.export.run import export_checkpoint
    from unipose.distillers.write_mmpose_files import export_student

    with mistakes_raised():
        if format not in (MMPOSE, *SUFFIXES):
            raise ValueError(f'format must be one of {(MMPOSE, *SUFFIXES)}. Got: {format!r}')
        if format == MMPOSE:
            if options or out is None:
                raise ValueError("format='mmpose' takes out, a .pth file, and force, and no other options")
            return export_student(checkpoint, out, force)[0]
        file = checked_out(checkpoint, out, format, force)
        export_checkpoint(checkpoint, file, kind=format, **options)
        return file
