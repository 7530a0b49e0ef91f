#!/usr/bin/env python3
"""Runs `./stack cleanup` in S3 mode: removes for good what MLflow marks deleted, with its artifacts."""

import os
import sys
from pathlib import Path

STACK = Path(__file__).resolve().parents[1] / "stack"
os.execv(STACK, [str(STACK), "cleanup", *sys.argv[1:]])  # noqa: S606 - in this process's place
