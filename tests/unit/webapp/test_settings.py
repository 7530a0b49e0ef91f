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
        ("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db", "must begin with http"),
        ("MLFLOW_TRACKING_URI", "http://", "must begin with http"),
        ("MLFLOW_TRACKING_URI", "http://admin:secret@mlflow:5000", "remove it"),
        ("WEBAPP_HOSTS", "court.lab,*", "only full names"),
        ("WEBAPP_HOSTS", "*.lab", "only full names"),
    ],
)
def test_a_value_that_is_not_allowed_is_a_sentence(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        Settings.of({name: value})
    assert "secret" not in str(caught.value)
