"""Writes down each time that people are looked at who choose nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from unipose.files import write_json


def log_opening(file: Path, recipes: Mapping[str, str | None]) -> None:
    """Notes when, at which commit and for which recipes people were looked at; known recipes are not noted again.

    Args:
        file: The list of openings.
        recipes: Digest of what a result depends on, by run.
    """
    openings = json.loads(file.read_text()) if file.is_file() else []
    commit = subprocess.run(['git', 'rev-parse', '--short', 'HEAD'], capture_output=True, text=True).stdout.strip()
    known = {recipe for opening in openings for recipe in opening['recipes'].items()}
    new = dict(recipe for recipe in recipes.items() if recipe not in known)
    if new:
        write_json(file, [*openings, dict(date=date.today().isoformat(), commit=commit, recipes=new)])
