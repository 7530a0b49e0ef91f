"""Adds ``Retry-After`` to a 503 that has none: MLflow's clients honour it and come back."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = "1"


class RetryAfter:
    """The innermost layer: it answers nothing by itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_header(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 503:
                MutableHeaders(scope=message).setdefault("retry-after", SECONDS)
            await send(message)

        await self.app(scope, receive, with_header)
