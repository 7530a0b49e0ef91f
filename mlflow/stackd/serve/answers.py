"""Sends the head of an answer together with the beginning of its body.

uvicorn writes one after the other. A worker that is killed in between leaves a client with a head and no end, and
MLflow's client asks again only where it has no head: a training would end because of an answer of two bytes.
"""

import asyncio
from typing import Any

# Bytes. More than that is not held back: it would not be sent in one piece anyway.
SMALL = 65_536


class Joining:
    """A transport that holds small writes until the event loop's next round, and sends them as one."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """As ``asyncio.Transport.write``, in order; a small piece a little later."""
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)
        if len(data) > SMALL:
            self._send()

    def close(self) -> None:
        """As ``asyncio.Transport.close``: what was written is sent first."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        held, self._held = self._held, []
        # One that broke off in the meantime takes nothing any more.
        if held and not self._transport.is_closing():
            self._transport.writelines(held)
