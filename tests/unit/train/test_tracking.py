"""What is logged, in which order, and what is printed when the server is away or refuses."""

from __future__ import annotations

import re
import threading

import numpy as np
import pytest
import requests
from matplotlib.figure import Figure
from mlflow.exceptions import MlflowException

from champion import crown
from checkpoints import Origin, State
from court import ACT
from failures import ExperimentDeleted, NothingToResume, ServerGone, ServerRefused, TrainError, UnknownRun
from opponents import fetch
from patience import Patience
from policy import Policy
from settings import Settings
from tracking import Tracking, policies_of
from unit.train.fake import GONE, NO_FILE, FakeClient, answer


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def tracking(client: FakeClient) -> Tracking:
    made = Tracking(client, Patience("http://server", lambda _: None))
    made.begin("7", None, Settings(), 3, {"mlflow.source.git.commit": "abc"})
    client.log.clear()
    return made


def checkpoint(tracking: Tracking, step: int, best: int) -> None:
    tracking.checkpoint(step, best, b"state", b"policy", Figure())


def test_a_run_has_its_settings_as_params_and_its_commit_as_tag(client: FakeClient, tracking: Tracking) -> None:
    assert client.params["learning_rate"] == "0.0005"
    assert client.params["opponents"] == "3"
    assert client.runs[tracking.run_id].data.tags == {"mlflow.source.git.commit": "abc"}


def test_metrics_go_out_in_batches_and_the_rest_with_a_checkpoint(client: FakeClient, tracking: Tracking) -> None:
    for step in range(46):
        tracking.metrics(step, {"a": 1.0, "b": 2.0})
    assert [what for _, what in client.log] == [[0], list(range(1, 21)), list(range(21, 41))]
    checkpoint(tracking, 45, 45)
    assert sorted({step for step, _, _ in client.points}) == list(range(46))


def test_a_tag_never_names_files_that_are_not_there(client: FakeClient, tracking: Tracking) -> None:
    tracking.metrics(9, {"a": 1.0})
    checkpoint(tracking, 9, 5)
    assert client.log == [
        ("log_batch", [9]),
        ("log_figure", "learning_curve.png"),
        ("log_artifact", "checkpoints/000009/state.npz"),
        ("log_artifact", "checkpoints/000009/policy.npz"),
        ("log_batch", ["train.checkpoint", "train.policy"]),
    ]
    tags = client.runs[tracking.run_id].data.tags
    assert (tags["train.checkpoint"], tags["train.policy"]) == ("checkpoints/000009", "checkpoints/000005/policy.npz")


def test_what_a_resumed_run_has_already_is_not_written_twice(client: FakeClient, tracking: Tracking) -> None:
    for step in range(1, 26):
        tracking.metrics(step, {"train/points_per_possession": 1.0})
    checkpoint(tracking, 10, 10)
    client.points = client.points[:20]
    again = Tracking(client, Patience("http://server", lambda _: None))
    assert again.find(tracking.run_id) == "checkpoints/000010"
    again.resume(10)
    for step in range(11, 31):
        again.metrics(step, {"train/points_per_possession": 1.0})
    again.flush()
    assert [step for step, _, _ in client.points] == list(range(1, 31))
    assert client.runs[tracking.run_id].info.status == "RUNNING"


def test_runs_that_cannot_go_on(client: FakeClient, tracking: Tracking) -> None:
    with pytest.raises(UnknownRun, match="has no run 'nope'"):
        tracking.find("nope")
    with pytest.raises(NothingToResume, match=r"no tag train\.checkpoint"):
        tracking.find(tracking.run_id)
    client.runs["run0"].info.lifecycle_stage = "deleted"
    with pytest.raises(NothingToResume, match="deleted"):
        tracking.find("run0")


def test_an_experiment_is_found_made_or_refused(client: FakeClient, tracking: Tracking) -> None:
    assert tracking.experiment("new") == tracking.experiment("new") == "7"
    assert [call for call, _ in client.log].count("create_experiment") == 1
    client.experiments["new"].lifecycle_stage = "deleted"
    with pytest.raises(ExperimentDeleted, match="--experiment"):
        tracking.experiment("new")


def player(update: int, *, shoots: bool) -> State:
    """A training whose best policy shoots at once, or never does."""
    state = State.new(Settings(hidden=4, matches=30))
    state.best.offence.b2[ACT] = 20 if shoots else -20
    state.best_step = update
    return state


def test_the_alias_is_of_the_version_that_beats_who_has_it(client: FakeClient, tracking: Tracking) -> None:
    said = []
    for state in (player(40, shoots=False), player(80, shoots=True), player(120, shoots=False)):
        client.files["run0", f"checkpoints/{state.best_step:06d}/policy.npz"] = state.best.to_bytes()
        said.append(crown(tracking, "m", state))
    assert said[0] == "m version 1, which is best now."
    assert re.fullmatch(r"m version 2, which is best now \(win rate against version 1: 0\.[89]\d\d\)\.", said[1])
    assert re.fullmatch(r"m version 3; best stays with version 2 \(win rate against it 0\.[01]\d\d\)\.", said[2])
    assert client.aliases["best"].source == "mlflow-artifacts:/7/run0/artifacts/checkpoints/000080"


def test_the_alias_stays_where_nobody_can_play_against_who_has_it(client: FakeClient, tracking: Tracking) -> None:
    crown(tracking, "m", player(40, shoots=False))
    missing = "its file is not in this server's store (404: it may be in the other mode's)."
    assert crown(tracking, "m", player(80, shoots=True)) == f"m version 2; best stays with version 1: {missing}"
    client.aliases["best"].tags.clear()
    assert crown(tracking, "m", player(80, shoots=True)).endswith("version 1, which this trainer did not register.")
    assert client.aliases["best"].version == "1"


def test_opponents_are_the_best_policies_of_other_runs_and_who_cannot_come_is_counted(
    client: FakeClient, tracking: Tracking
) -> None:
    policy = Policy.first(4, np.random.default_rng(1)).to_bytes()
    for content in (policy, None, b"<html>", policy):
        run = client.create_run("7", {"train.policy": "checkpoints/000040/policy.npz"}, None)
        if content:
            client.files[run.info.run_id, "checkpoints/000040/policy.npz"] = content
    found = fetch(tracking, policies_of(tracking, "7", 8))
    assert [origin.run_id for origin in found.origins] == ["run1", "run4"]
    missing = "1 not in this server's store (404: it may be in the other mode's)"
    assert found.lines == [
        f"Skipped 2 of 4 opponents: {missing}, 1 not a policy of this game.",
        "Playing itself and 2 policies of earlier runs.",
    ]


def test_without_opponents_it_says_so_and_goes_on(client: FakeClient, tracking: Tracking) -> None:
    assert fetch(tracking, policies_of(tracking, "7", 8)).lines == [
        "No policies of earlier runs in this experiment yet: the current policy plays itself."
    ]
    assert fetch(tracking, [Origin("gone", "policy.npz")]).lines == [
        "Skipped 1 of 1 opponents: 1 not in this server's store (404: it may be in the other mode's).",
        "No opponent is left: the current policy plays itself.",
    ]
    client.log.clear()
    assert policies_of(tracking, "7", 0) == []
    assert client.log == []


def test_an_opponent_that_the_server_refuses_is_skipped_but_not_one_that_it_did_not_answer_for(
    client: FakeClient, tracking: Tracking
) -> None:
    origins = [Origin("run0", "policy.npz")]
    client.fails["download_artifacts"] = MlflowException("403 Client Error")
    assert "1 refused by the server" in fetch(tracking, origins).lines[0]
    client.fails["download_artifacts"] = MlflowException(GONE)
    with pytest.raises(ServerGone):
        fetch(tracking, origins)


def raising(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("raised", "expected", "exit_code"),
    [
        (MlflowException(GONE), ServerGone, 3),
        (MlflowException("API request to http://server failed with timeout exception"), ServerGone, 3),
        (requests.ConnectionError("reset"), ServerGone, 3),
        (answer("PERMISSION_DENIED"), ServerRefused, 4),
        (MlflowException("API request to endpoint /x failed with error code 401 != 200"), ServerRefused, 4),
        (requests.HTTPError("403 Client Error"), ServerRefused, 4),
    ],
)
def test_the_clients_errors_become_sentences(raised: BaseException, expected: type[TrainError], exit_code: int) -> None:
    with pytest.raises(expected) as caught:
        Patience("http://server", lambda _: None).call("log metrics", raising, raised)
    assert caught.value.exit_code == exit_code


def test_who_is_gone_for_good_leaves_the_command_that_goes_on() -> None:
    patience = Patience("http://server", lambda _: None)
    with pytest.raises(ServerGone) as early:
        patience.call("x", raising, MlflowException(GONE))
    assert "--resume" not in str(early.value)
    patience.run_id, patience.step = "abc", 40
    with pytest.raises(ServerGone, match=r"update 40: train\.py --resume abc"):
        patience.call("x", raising, MlflowException(GONE))


def test_a_server_that_only_answers_with_errors_is_not_called_gone() -> None:
    error = MlflowException(f"{GONE} (Caused by ResponseError('too many 503 error responses'))")
    with pytest.raises(ServerGone, match="answered 503 every time"):
        Patience("http://server", lambda _: None).call("x", raising, error)


def test_a_missing_file_is_told_from_a_refused_one() -> None:
    assert ServerRefused("give", "INTERNAL_ERROR", NO_FILE).missing
    assert ServerRefused("give", "RESOURCE_DOES_NOT_EXIST", "").missing
    assert not ServerRefused("give", "INTERNAL_ERROR", "403 Client Error").missing


def test_a_server_that_is_away_is_named_and_so_is_its_return() -> None:
    said: list[str] = []
    told = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        told.set()

    patience = Patience("http://server", say, wait_seconds=0.01)
    assert patience.call("x", lambda: told.wait(30) and patience.away) is True
    assert not patience.away
    assert said[0].startswith("http://server has not answered for 0 s. Trying again")
    assert said[1].startswith("http://server answers again")
    assert len(said) == 2


def test_a_server_that_answers_is_not_talked_about() -> None:
    said: list[str] = []
    assert Patience("http://server", said.append).call("x", lambda: 1) == 1
    assert said == []
