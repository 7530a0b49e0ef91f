"""What the environment may say."""

from __future__ import annotations

import pytest

from courtside.failures import SettingsError
from courtside.settings import HOSTS, Settings


def test_names_and_uri() -> None:
    settings = Settings.of({"MLFLOW_TRACKING_URI": "http://mlflow:5000/", "WEBAPP_HOSTS": "court.lab, other"})
    assert settings == Settings("http://mlflow:5000", (*HOSTS, "court.lab", "other"))
    assert Settings.of({"WEBAPP_HOSTS": ""}).hosts == HOSTS


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db", "begins with http"),
        ("MLFLOW_TRACKING_URI", "http://", "begins with http"),
        ("MLFLOW_TRACKING_URI", "http://admin:secret@mlflow:5000", "take it out"),
        ("WEBAPP_HOSTS", "court.lab,*", "names alone"),
        ("WEBAPP_HOSTS", "*.lab", "names alone"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        Settings.of({name: value})
    assert "secret" not in str(caught.value)
