"""Where somebody is signed in, in words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from inbox.lib.devices import browser_and_system

register = template.Library()


@register.filter
def device(user_agent: str) -> str:
    """The browser and what it runs on."""
    browser, system = browser_and_system(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")


@register.filter
def is_phone(user_agent: str) -> bool:
    return browser_and_system(user_agent)[1] in ("iPhone", "iPad", "Android")
