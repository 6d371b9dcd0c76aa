"""Stored English in the reader's language: `{{ channel.health_reason|said }}`."""

from __future__ import annotations

from django import template

from inbox import said

register = template.Library()
register.filter("said", said.said)
