"""Form fields drawn without a template for each of their parts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

CHOSEN = SafeString(" selected")


class QuickSelect(forms.Select):
    """A select without groups; Django's own renders a template for each of its options."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = self.format_value(value)
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            ((key, CHOSEN if str(key) in chosen else "", text) for key, text in self.choices),
        )
        attrs = self.build_attrs({"name": name} | self.attrs, attrs)
        return format_html("<select{}>\n{}\n</select>", flatatt(attrs), options)
