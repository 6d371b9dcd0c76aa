"""X: glue between the desk's contract and X's API."""

from __future__ import annotations

from datetime import timedelta

from inbox.connectors.base import Connector
from inbox.connectors.types import Capability, Limits, Manifest, StreamSpec


class XConnector(Connector):
    manifest = Manifest(
        slug="x",
        label="X",
        icon="x",
        capabilities=frozenset(Capability),
        limits=Limits(text_length=280, private_text_length=10_000),
        streams=(
            StreamSpec("own", timedelta(seconds=60)),
            StreamSpec("mentions", timedelta(seconds=15)),
            StreamSpec("direct_messages", timedelta(seconds=60)),
        ),
    )
