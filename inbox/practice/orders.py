"""How the control API of a practice network takes an order: JSON in, JSON out, faults in words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Order = Callable[[dict[str, Any]], Any]
View = Callable[[Request], Awaitable[Response]]


def door(carry_out: Order, *, refusals: tuple[type[Exception], ...]) -> View:
    """Return a view that gives the query or the body to `carry_out`; `refusals` become words."""

    async def answer(request: Request) -> Response:
        try:
            body = dict(request.query_params)
            if request.method != "GET":
                body = json.loads(await request.body() or b"{}")
            if not isinstance(body, dict):
                raise ValueError("the body must be a JSON object")
            return JSONResponse(carry_out(body))
        except KeyError as exc:
            return JSONResponse({"error": f"{exc} is missing"}, 422)
        except (ValueError, TypeError, *refusals) as exc:
            return JSONResponse({"error": str(exc)}, 422)

    return answer
