"""The same server and the same bridge as the product's pages."""

from __future__ import annotations

from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

application: Any = WSGIMiddleware(get_wsgi_application(), workers=16)
