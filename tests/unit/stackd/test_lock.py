"""The writers' turn: one at a time across threads and processes, re-entrant, free after a death, with a time limit."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from stackd.database import Busy
from stackd.database.lock import Turns


def test_a_thread_may_take_its_turn_again(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "turn")
    with turns.turn(), turns.turn(wait=0):
        pass
    with turns.turn(wait=0):
        pass


def test_one_thread_at_a_time(tmp_path: Path) -> None:
    turns, inside, most = Turns(tmp_path / "turn"), [0], [0]

    def work() -> None:
        for _ in range(50):
            with turns.turn():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def holder(path: Path, held: Event) -> None:
    with Turns(path).turn():
        held.set()
        signal.pause()


def test_another_process_waits_and_a_killed_one_gives_the_turn_back(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    context = multiprocessing.get_context("spawn")
    held = context.Event()
    process = context.Process(target=holder, args=(path, held))
    process.start()
    assert held.wait(30)
    turns = Turns(path)
    with pytest.raises(Busy), turns.turn(wait=0.05):
        pass
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with turns.turn(wait=5):
        pass


def test_a_fork_has_a_lock_of_its_own(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "turn")
    with turns.turn():
        pass
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with turns.turn(wait=5):
                os.write(write, b"held")
                signal.pause()
        finally:
            os._exit(1)
    try:
        assert os.read(read, 4) == b"held"
        with pytest.raises(Busy), turns.turn(wait=0.05):
            pass
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(read)
        os.close(write)
