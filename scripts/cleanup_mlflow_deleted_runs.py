#!/usr/bin/env python3
"""Runs `./stack cleanup` (local mode unless a container says otherwise): removes for good what MLflow marks deleted."""

import os
import sys
from pathlib import Path

STACK = Path(__file__).resolve().parents[1] / "stack"
os.execv(STACK, [str(STACK), "cleanup", "--disable-s3", *sys.argv[1:]])  # noqa: S606 - in this process's place
