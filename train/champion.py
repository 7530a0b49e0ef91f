"""Which version of the registered model is the best: the one that beats the other."""

from __future__ import annotations

from checkpoints import State
from matches import compare
from opponents import fetch
from tracking import BEST, Tracking

SEED = 20_27


def crown(tracking: Tracking, model: str, state: State) -> str:
    """Register the run's best policy. The alias `best` moves to it if nobody has the alias or it beats its holder.

    Returns a line that says what happened. Raises ServerRefused, ServerGone.
    """
    version = tracking.register(model, state.best_step, state.best_win_rate)
    registered = f"{model} version {version}"
    holder = tracking.best(model)
    if holder is None:
        tracking.make_best(model, version)
        return f"{registered}, which is {BEST} now."
    name, origin = holder
    stays = f"{registered}; {BEST} stays with version {name}"
    if origin is None:
        return f"{stays}, which this trainer did not register."
    found = fetch(tracking, [origin])
    if not found.policies:
        return f"{stays}: its file is {next(iter(found.skipped))}."
    win_rate = compare(state.best, found.policies[0], state.settings.matches, SEED).win_rate
    if win_rate <= 0.5:
        return f"{stays} (win rate against it {win_rate:.3f})."
    tracking.make_best(model, version)
    return f"{registered}, which is {BEST} now (win rate against version {name}: {win_rate:.3f})."
