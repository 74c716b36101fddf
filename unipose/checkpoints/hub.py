"""Fetches Transformers models from the Hugging Face Hub: configs and safetensors, nothing that could run."""

from __future__ import annotations

import os
from pathlib import Path

from unipose.checkpoints.manifest import ManifestEntry
from unipose.checkpoints.model_folder import CONFIGS, INDEX

# Other safetensors are left out: Sapiens2's repository has its weights twice, under this name and under its own.
PATTERNS = (*CONFIGS, 'model*.safetensors', INDEX)


def fetch_hub_model(entry: ManifestEntry, folder: Path) -> None:
    """Fetch what a model needs into a folder; files that are there and right are kept, others resumed.

    Args:
        entry: A listed hub model.
        folder: The model's own folder; made if it does not exist.

    Raises:
        ValueError: If ``huggingface_hub`` is missing, or for whatever it says; one line with what to do.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise ValueError(
            f'{entry.hub} is fetched from the Hugging Face Hub with huggingface_hub: pip install huggingface_hub, or '
            + _by_hand(entry, folder)
        ) from None
    try:
        snapshot_download(entry.hub, revision=entry.revision, local_dir=folder, allow_patterns=list(PATTERNS))
    except Exception as error:  # its errors, and those of the HTTP library below it, change with its versions
        reason = ' '.join(str(error).split()).rstrip('.') or type(error).__name__
        raise ValueError(
            f'{entry.hub} cannot be fetched: {reason[:300]}. Run the same command again to resume, check the network '
            'or the proxy (https_proxy), set HF_ENDPOINT to a mirror, run `hf auth login` where its terms have to be '
            f'accepted first, or {_by_hand(entry, folder)}'
        ) from None


def _by_hand(entry: ManifestEntry, folder: Path) -> str:
    at = os.environ.get('HF_ENDPOINT', 'https://huggingface.co').rstrip('/')
    files = f'{", ".join(CONFIGS)} and model.safetensors'
    return f'put {files} of {at}/{entry.hub} into {folder} and run this again'
