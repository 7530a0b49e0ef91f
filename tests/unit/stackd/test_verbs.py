"""The door: every verb has its options, and what changes something has a plan."""

from __future__ import annotations

import pytest

from stackd import __main__ as door
from stackd import verbs
from stackd.steps import Change
from stackd.verbs import OPTIONS, VERBS


def test_every_option_is_described_and_every_first_word_goes_through_the_door() -> None:
    assert {option for _, options, _ in verbs.calls() for option in options} == set(OPTIONS)
    assert {words.split()[0] for words in VERBS} <= set(door.VERBS)


def test_what_changes_something_has_a_plan_and_takes_its_options_again() -> None:
    called = {words: options for words, options, _ in verbs.calls()}
    changes = {words for words, verb in VERBS.items() if isinstance(verb, Change)}
    assert changes == {
        "adopt", "adopt claim", "upgrade", "restore", "cleanup", "orphans", "compact", "artifacts", "migrate", "stale",
        "users reset-admin",
    }  # fmt: skip
    for words in changes:
        assert set(called[f"{words} plan"]) <= set(called[f"{words} execute"])
    assert len(called) == len(VERBS) + len(changes)
    assert {option: words for words, options in called.items() for option in options if option == "take-over"} == {
        "take-over": "restore execute"
    }


@pytest.mark.parametrize("words", [["backup", "fly"], ["cleanup", "at-once"], ["cleanup"]])
def test_an_unknown_step_is_usage(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert verbs.main(words) == 2
    assert "backup create" in capsys.readouterr().err
