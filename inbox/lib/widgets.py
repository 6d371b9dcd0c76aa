"""Form fields drawn without a template for each of their parts."""

from __future__ import annotations

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
        options = SafeString(
            "\n".join(
                fill(OPTION, key, CHOSEN if key in chosen else "", str(text))
                for key, text in self.choices
            )
        )
        attrs = self.build_attrs({"name": name} | self.attrs, attrs)
        return fill(SELECT, flatatt(attrs), options)
