"""The one HTTP door of all connectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A network's answer: status, headers (lower-case names) and decoded JSON body."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Http:
    """PLACEHOLDER: written by the connector work."""
