"""Form fields drawn without a template for each of their parts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.safestring import SafeString

from inbox.lib.markup import fill

SELECT = "<select{}>\n{}\n</select>"
OPTION = '<option value="{}"{}>{}</option>'
CHOSEN = SafeString(" selected")


class QuickSelect(forms.Select):
    """A select of strings without groups; Django's renders a template for each option."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = self.format_value(value)
        options = _options(tuple((key, key in chosen, str(text)) for key, text in self.choices))
        attrs = self.build_attrs({"name": name} | self.attrs, attrs)
        return fill(SELECT, flatatt(attrs), options)


@lru_cache(maxsize=500)  # most people see the same ones, and every language is among them
def _options(choices: tuple[tuple[str, bool, str], ...]) -> SafeString:
    return SafeString(
        "\n".join(fill(OPTION, key, CHOSEN if on else "", text) for key, on, text in choices)
    )
