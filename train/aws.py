"""AWS_PROFILE, for other code in a training that reads S3. Neither MLflow's client nor this trainer needs it."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

PROFILE = "basketworld"
CHOICES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def profile_to_set(environment: Mapping[str, str], home: Path) -> str | None:
    """The profile if ~/.aws/credentials has it and no other one is chosen, else None."""
    if any(environment.get(name) for name in CHOICES):
        return None
    file = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        file.read_string((home / ".aws" / "credentials").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    return PROFILE if file.has_section(PROFILE) else None
