import json, signal, pytest
from typing import Any
from mlflow_stack.errors import *
from mlflow_stack.engine.process import Outcome
from mlflow_stack.verbs.compact import compact
from unit.mlflow_stack.conftest import *


def setup(bench, container):
    bench.engine.containers = [container()]
    bench.says("compact plan", planned(bytes=2), result())
    bench.says("compact execute", planned(bytes=3), result(done=True, lines=["x"]))


def test_a(bench, container):
    setup(bench, container)
    bench.runner.answers["mlflow compact execute"] = Interrupted()

    def i():
        raise Interrupted()

    bench.runner.interrupt = i
    try:
        compact(bench.session())
    except BaseException as e:
        print("RAISED", type(e), e)
    print(*bench.runner.ran, sep="\n")
    assert 0


def test_b(bench, container):
    setup(bench, container)
    bench.runner.answers["mlflow compact execute"] = PermissionError(13, "Permission denied", "/x")
    try:
        compact(bench.session())
    except StackError as e:
        print("CODE", e.exit_code, *e.findings, sep="\n")
    assert 0
