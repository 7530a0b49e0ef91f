"""pandas when it is used, and not before: 40 MB and a third of a second that a tracking server rarely needs.

MLflow imports it when it starts, but until a trace is ingested only annotations use two of its classes. The stand-in
provides those two; the use of any other attribute, at any time, imports the real package.
"""

import importlib
import importlib.util
import sys
import threading
import types
from typing import Any

# What annotations in MLflow's modules name while they are imported.
ANNOTATED = frozenset({"DataFrame", "Series"})


class Deferred(types.ModuleType):
    """Stands for a package in ``sys.modules`` until one of its attributes is used."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = importlib.util.find_spec(name)
        self._importing = True
        self._lock = threading.RLock()

    def release(self) -> None:
        """The imports are over: from now on the annotated names are really used."""
        self._importing = False

    def __getattr__(self, name: str) -> Any:
        """Called for every attribute: the stand-in has none."""
        if self._importing and name in ANNOTATED:
            return type(name, (), {"__module__": self.__name__})
        return getattr(self._load(), name)

    def _load(self) -> types.ModuleType:
        with self._lock:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
                try:
                    real = importlib.import_module(self.__name__)
                except BaseException:
                    sys.modules[self.__name__] = self
                    raise
                # Modules that were imported before hold the stand-in: give it what the real one has.
                self.__dict__.update(real.__dict__)
            return sys.modules[self.__name__]


def defer(name: str) -> None:
    """Put a stand-in for a package into ``sys.modules``, unless it was imported already."""
    if name not in sys.modules:
        sys.modules[name] = Deferred(name)


def release(name: str) -> None:
    """The imports that only annotate are over; does nothing when the real package is there."""
    module = sys.modules.get(name)
    if isinstance(module, Deferred):
        module.release()
