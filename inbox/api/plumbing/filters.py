"""How the API description speaks of a filter set that the pages use too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter


def parameters_of(filters: Mapping[str, Any]) -> list[OpenApiParameter]:
    """Return one parameter for each filter; the choices that are fixed are listed."""
    return [_parameter(name, part) for name, part in filters.items()]


def _parameter(name: str, part: Any) -> OpenApiParameter:
    choices = part.extra.get("choices") or ()
    values = [str(value) for value, _words in (choices() if callable(choices) else choices)]
    longest = part.extra.get("max_length")
    kind: Any = {"type": "string"} | ({"maxLength": longest} if longest else {})
    if type(part).__name__ == "DateFilter":
        kind = {"type": "string", "format": "date"}
    if type(part).__name__ == "NumberFilter":
        kind = {"type": "integer"}
    return OpenApiParameter(name, kind, description=str(part.label), enum=values or None)
