"""``HEAD`` for every route, with the permission of a ``GET``."""

from starlette.types import ASGIApp, Receive, Scope, Send

# In the scope of a GET that was a HEAD: nobody needs to fetch a body for it.
HEAD = "stackd.head"


class HeadAsGet:
    """The outermost layer: a HEAD is a GET for all that authorises and looks up, and its body is not sent.

    MLflow's tables of permissions name GET alone. uvicorn, whose own scope stays as it was, sends no body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", HEAD: True}
        await self.app(scope, receive, send)
