"""What a request took of the web process: its CPU time, and when asked the number of queries."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse


def count(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Middleware that tells it in headers. Queries cost a little to count, so only when asked."""

    def middleware(request: HttpRequest) -> HttpResponse:
        queries = 0

        def note(execute: Any, *arguments: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*arguments)

        is_asked = "X-Count-Queries" in request.headers
        began = time.thread_time()
        with connection.execute_wrapper(note) if is_asked else nullcontext():
            response = get_response(request)
        response["X-Cpu-Ms"] = str((time.thread_time() - began) * 1000)
        response["X-Queries"] = str(queries)
        return response

    return middleware
