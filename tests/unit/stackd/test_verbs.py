"""The door: every step has its options, every verb of the wrapper a step."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from stackd import __main__ as door
from stackd.data import verbs
from stackd.data.verbs import OPTIONS, STEPS

WRAPPER = Path(__file__).parents[3] / "src" / "mlflow_stack"


def called() -> Iterator[tuple[list[str], set[str]]]:
    """Words and options that the wrapper hands to the image, of each call whose words are written out."""
    for path in WRAPPER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "inside":
                given = [each.value for each in node.args if isinstance(each, ast.Constant)]
                words = [each for each in given if isinstance(each, str) and not each.startswith("-")]
                options = {each.removeprefix("--") for each in given if isinstance(each, str) and each.startswith("--")}
                if words[:1] in (["s3"], ["local"]):
                    words = words[1:]
                if words and words[0] not in ("check", "plan"):
                    yield words, options
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Steps":
                yield from steps(node)


def steps(node: ast.Call) -> Iterator[tuple[list[str], set[str]]]:
    """The two calls that `maintenance.while_stopped` makes of `Steps(verb, plan_options, options)`."""
    verb, *given = node.args
    assert isinstance(verb, ast.Constant)
    for step, options in zip(("plan", "execute"), [*given, ast.Tuple([]), ast.Tuple([])], strict=False):
        literals = [each.value for each in ast.walk(options) if isinstance(each, ast.Constant)]
        yield [str(verb.value), step], {str(each).removeprefix("--") for each in literals if str(each)[:2] == "--"}


def test_every_verb_of_the_wrapper_is_a_step_with_these_options() -> None:
    found = list(called())
    assert len(found) > 10
    for words, options in found:
        _, known = STEPS[" ".join(words)]
        assert options <= set(known), words


def test_every_option_is_described_and_every_first_word_goes_through_the_door() -> None:
    assert {option for _, options in STEPS.values() for option in options} == set(OPTIONS)
    assert {name.split()[0] for name in STEPS} <= set(door.VERBS)


def test_what_changes_has_a_plan_first() -> None:
    for name in STEPS:
        if name.endswith(" execute"):
            assert name.removesuffix("execute") + "plan" in STEPS
            assert "plan" in STEPS[name][1]


def test_an_unknown_step_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["backup", "fly"]) == 2
    assert "backup create" in capsys.readouterr().err
