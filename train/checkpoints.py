"""Everything that a training needs to continue as if it had never stopped, in one file."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from court import Floats
from learning import Learner
from policy import SIDES, Network, Policy
from settings import Settings


@dataclass(frozen=True)
class Origin:
    """Where a policy comes from: a run, and the file's path among the run's artifacts."""

    run_id: str
    path: str


class NotACheckpointError(Exception):
    """A file is not a checkpoint of this trainer; `why` says what is wrong with it."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path.name} is not a checkpoint of this trainer: {why}")


@dataclass
class State:
    """A training between two updates. `best` is the policy that beat the best one before it, at update `best_step`."""

    settings: Settings
    learner: Learner
    rng: np.random.Generator
    best: Policy
    step: int = 0
    best_step: int = 0
    best_win_rate: float = 0.5
    """Of `best` against the first policy."""
    opponents: list[Origin] = field(default_factory=list)
    curve: list[tuple[int, float]] = field(default_factory=list)
    """(update, win rate against the first policy), an evaluation each."""

    @classmethod
    def new(cls, settings: Settings) -> State:
        """A training that has not started; everything random in it comes from the seed."""
        rng = np.random.default_rng(settings.seed)
        learner = Learner.new(settings.hidden, settings.learning_rate, settings.entropy_bonus, rng)
        return cls(settings, learner, rng, learner.policy.copy())

    def to_bytes(self) -> bytes:
        """An .npz of arrays (64 bits) and one JSON text; reading it runs no code."""
        arrays: dict[str, Any] = {}
        for name, network in self.learner.networks.items():
            optimiser = self.learner.optimisers[name]
            for part, values in (("now", network.arrays), ("mean", optimiser.mean), ("square", optimiser.square)):
                arrays |= {f"{name}.{part}.{key}": array for key, array in values.items()}
        for side in SIDES:
            arrays |= {f"best.{side}.{key}": array for key, array in getattr(self.best, side).arrays.items()}
        known = {
            "settings": asdict(self.settings),
            "rng": self.rng.bit_generator.state,
            "step": self.step,
            "best": [self.best_step, self.best_win_rate],
            "opponents": [asdict(each) for each in self.opponents],
            "curve": self.curve,
            "optimiser_steps": {name: each.steps for name, each in self.learner.optimisers.items()},
        }
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, json=np.array(json.dumps(known)), **arrays)
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path) -> State:
        """The training as it was when the file was written.

        Raises:
            NotACheckpointError: it was written by another trainer or version, or is damaged.
        """
        try:
            # Through memory: NumPy leaves a file open that is not a zip file.
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                known = json.loads(str(file["json"]))
                return cls._of(known, {name: file[name] for name in file.files if name != "json"})
        except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise NotACheckpointError(path, str(error)) from error

    @classmethod
    def _of(cls, known: dict[str, Any], arrays: dict[str, Floats]) -> State:
        state = cls.new(Settings(**known["settings"]))
        state.rng.bit_generator.state = known["rng"]
        state.step, (state.best_step, state.best_win_rate) = known["step"], known["best"]
        state.opponents = [Origin(**each) for each in known["opponents"]]
        state.curve = [(int(step), float(rate)) for step, rate in known["curve"]]
        for side in SIDES:
            for key, parameter in getattr(state.best, side).arrays.items():
                parameter[...] = arrays[f"best.{side}.{key}"]
        for name, network in state.learner.networks.items():
            for key, parameter in network.arrays.items():
                parameter[...] = arrays[f"{name}.now.{key}"]
            optimiser = state.learner.optimisers[name]
            optimiser.steps = known["optimiser_steps"][name]
            if optimiser.steps:
                optimiser.mean = {key: arrays[f"{name}.mean.{key}"] for key in Network.__annotations__}
                optimiser.square = {key: arrays[f"{name}.square.{key}"] for key in Network.__annotations__}
        return state
