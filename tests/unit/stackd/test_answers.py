"""An answer that is whole or not there at all, as far as a kernel takes it in one piece."""

import asyncio
from collections.abc import Callable

from stackd.serve.answers import SMALL, Joining


class Transport(asyncio.Transport):
    """Remembers what it was given, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[list[bytes]] = []
        self.closed = False

    def writelines(self, list_of_data: object) -> None:
        self.sent.append(list(list_of_data))  # type: ignore[call-overload]

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


Work = Callable[[Joining, Transport], None]


def sent(work: Work) -> list[list[bytes]]:
    """What the transport was given after the work, and a round of the event loop behind it."""

    async def main() -> list[list[bytes]]:
        transport = Transport()
        work(Joining(transport, asyncio.get_running_loop()), transport)
        await asyncio.sleep(0)
        return transport.sent

    return asyncio.run(main())


def written(*pieces: bytes) -> Work:
    def work(joining: Joining, _: Transport) -> None:
        for piece in pieces:
            joining.write(piece)

    return work


def test_head_and_body_leave_together() -> None:
    assert sent(written(b"head", b"{}")) == [[b"head", b"{}"]]


def test_a_large_piece_leaves_at_once_and_behind_what_came_before() -> None:
    """Otherwise a slow reader would not hold a download back."""
    large = bytes(SMALL + 1)
    assert sent(written(b"head", large, large, b"end")) == [[b"head", large], [large], [b"end"]]


def test_what_was_written_is_sent_before_the_end() -> None:
    def work(joining: Joining, _: Transport) -> None:
        joining.write(b"all")
        joining.close()

    assert sent(work) == [[b"all"]]


def test_a_connection_that_broke_off_is_given_nothing() -> None:
    def work(joining: Joining, transport: Transport) -> None:
        joining.write(b"late")
        transport.close()

    assert sent(work) == []
