"""The loop: updates, and at every checkpoint an evaluation. It knows nothing of a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from checkpoints import State
from matches import Score, compare
from policy import Policy

EVALUATION_SEED = 20_26
"""The same luck in every evaluation of every run: their win rates can be compared."""


@dataclass(frozen=True)
class Update:
    """One step of a training: its metrics, and the evaluation if there is a checkpoint at it."""

    step: int
    metrics: dict[str, float]
    score: Score | None


def train(state: State, opponents: Sequence[Policy], stopping: Callable[[], bool]) -> Iterator[Update]:
    """Train to the last update, or to the first one after which `stopping` is true; changes `state` in place.

    Promises: the last step that is yielded has an evaluation, and so has every `checkpoint_every`th; step 0 is the
    policy that has learned nothing. Given the same state and opponents it yields the same numbers.
    """
    settings = state.settings
    first = State.new(settings).learner.policy
    if state.step == 0:
        yield _evaluated(state, first, opponents, {})
    while state.step < settings.updates:
        drawn = opponents[int(state.rng.integers(len(opponents)))] if opponents else None
        metrics = state.learner.update(settings.possessions, drawn, state.rng)
        state.step += 1
        metrics = {f"train/{name}": value for name, value in metrics.items()}
        last = state.step == settings.updates or stopping()
        if last or state.step % settings.checkpoint_every == 0:
            yield _evaluated(state, first, opponents, metrics)
            if last:
                return
        else:
            yield Update(state.step, metrics, None)


def _evaluated(state: State, first: Policy, opponents: Sequence[Policy], metrics: dict[str, float]) -> Update:
    policy, matches = state.learner.policy, state.settings.matches
    score = compare(policy, first, matches, EVALUATION_SEED)
    measured = {
        "eval/win_rate_first": score.win_rate,
        "eval/points_scored_first": score.scored,
        "eval/points_conceded_first": score.conceded,
    }
    if opponents:
        each = max(1, matches // len(opponents))
        won = [compare(policy, other, each, EVALUATION_SEED + 1).win_rate for other in opponents]
        measured["eval/win_rate_opponents"] = sum(won) / len(won)
    # Measured against the first policy, one that just shoots soon looks as good as one that can defend; so the better
    # of two policies is the one that beats the other.
    if state.step:
        measured["eval/win_rate_best"] = compare(policy, state.best, matches, EVALUATION_SEED + 2).win_rate
    # Where a training was interrupted makes no difference to how it continues.
    due = state.step % state.settings.checkpoint_every == 0 or state.step == state.settings.updates
    if due and measured.get("eval/win_rate_best", 1.0) > 0.5:
        state.best, state.best_step, state.best_win_rate = policy.copy(), state.step, score.win_rate
    state.curve.append((state.step, score.win_rate))
    return Update(state.step, {**metrics, **measured}, score)
