"""A policy: two small networks, one for the ball and one for the defence, and the file that holds them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from court import ACTIONS, FEATURES, Floats, Ints

SIDES = ("offence", "defence")
LARGEST_HIDDEN = 1024


class NotAPolicyError(Exception):
    """A file is not a policy of this game; `why` says what is wrong with it."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} is not a policy of this game: {why}")


@dataclass
class Network:
    """input → tanh of `hidden` units → output. Shapes: w1 [inputs, hidden], b1 [hidden], w2 [hidden, outputs], b2."""

    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats

    @classmethod
    def new(cls, hidden: int, outputs: int, rng: np.random.Generator) -> Network:
        """Random in front and zero behind: the first policy plays every action equally often."""
        w1 = rng.normal(0, 1 / np.sqrt(FEATURES), (FEATURES, hidden))
        return cls(w1, np.zeros(hidden), np.zeros((hidden, outputs)), np.zeros(outputs))

    @property
    def arrays(self) -> dict[str, Floats]:
        """The parameters themselves, by name; changing them in place changes the network."""
        return {"w1": self.w1, "b1": self.b1, "w2": self.w2, "b2": self.b2}

    def hidden(self, seen: Floats) -> Floats:
        """[N, FEATURES] → [N, hidden]."""
        activation: Floats = np.tanh(seen @ self.w1 + self.b1)
        return activation

    def output(self, seen: Floats) -> Floats:
        """[N, FEATURES] → [N, outputs]."""
        out: Floats = self.hidden(seen) @ self.w2 + self.b2
        return out

    def gradient(self, seen: Floats, upon: Floats) -> dict[str, Floats]:
        """Of a sum over N of a loss whose derivative by the outputs is `upon` [N, outputs]; one array a parameter."""
        hidden = self.hidden(seen)
        before = (upon @ self.w2.T) * (1 - hidden**2)
        return {"w1": seen.T @ before, "b1": before.sum(axis=0), "w2": hidden.T @ upon, "b2": upon.sum(axis=0)}

    def copy(self) -> Network:
        """An independent copy."""
        return Network(**{name: array.copy() for name, array in self.arrays.items()})


def softmax(logits: Floats) -> Floats:
    """[N, actions] → [N, actions] probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


@dataclass
class Policy:
    """How to play with the ball and without it. A file of it holds numbers only, 32 bits each, and runs no code."""

    offence: Network
    defence: Network

    @classmethod
    def first(cls, hidden: int, rng: np.random.Generator) -> Policy:
        """The policy that training begins with: every action equally often."""
        return cls(Network.new(hidden, ACTIONS, rng), Network.new(hidden, ACTIONS, rng))

    def act(self, side: str, seen: Floats, rng: np.random.Generator) -> Ints:
        """[N, FEATURES] → [N] actions drawn from the policy; draws N numbers."""
        network: Network = getattr(self, side)
        upto = softmax(network.output(seen)).cumsum(axis=1)
        actions: Ints = np.minimum((upto < rng.random((len(seen), 1))).sum(axis=1), ACTIONS - 1)
        return actions

    def copy(self) -> Policy:
        """An independent copy."""
        return Policy(self.offence.copy(), self.defence.copy())

    def to_bytes(self) -> bytes:
        """An .npz: `offence.w1` … `defence.b2`."""
        arrays = {
            f"{side}.{name}": array.astype(np.float32)
            for side in SIDES
            for name, array in getattr(self, side).arrays.items()
        }
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path) -> Policy:
        """Read a file that somebody else may have written; raises OSError, and what `of_bytes` does."""
        return cls.of_bytes(path.read_bytes(), path.name)

    @classmethod
    def of_bytes(cls, content: bytes, name: str) -> Policy:
        """The policy in a file's content, whoever wrote it; `name` goes into the error.

        Never more than LARGEST_CONTENT bytes are unpacked.

        Raises:
            NotAPolicyError: it belongs to another game or version, is damaged, or holds more than numbers.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                unpacked = sum(each.file_size for each in packed.infolist())
            if unpacked > LARGEST_CONTENT:
                raise NotAPolicyError(name, f"it unpacks to {unpacked} bytes")
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                return cls(*(_network(name, {part: file[f"{side}.{part}"] for part in SHAPES}) for side in SIDES))
        except NotAPolicyError:
            raise
        except Exception as error:
            # zipfile, zlib and NumPy raise some ten kinds for a file that was made to be broken; all mean a bad file.
            raise NotAPolicyError(name, str(error) or type(error).__name__) from error


SHAPES = {"w1": (FEATURES, None), "b1": (None,), "w2": (None, ACTIONS), "b2": (ACTIONS,)}
"""None: the hidden units, as many in each."""
LARGEST_CONTENT = 1024 * 1024
"""Twice what a policy of LARGEST_HIDDEN units takes in 64 bits: a small file can unpack to gigabytes."""


def _network(name: str, arrays: dict[str, Floats]) -> Network:
    hidden = arrays["b1"].size
    for part, shape in SHAPES.items():
        expected = tuple(size or hidden for size in shape)
        if arrays[part].shape != expected or hidden > LARGEST_HIDDEN:
            raise NotAPolicyError(name, f"the shape of {part} is {arrays[part].shape}, not {expected}")
        if arrays[part].dtype.kind != "f" or not np.isfinite(arrays[part]).all():
            raise NotAPolicyError(name, f"{part} holds something other than numbers")
    return Network(**{part: array.astype(np.float64) for part, array in arrays.items()})
