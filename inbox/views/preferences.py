"""What people choose for themselves."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from inbox.forms import PreferencesForm, cleaned
from inbox.models import User
from inbox.operations.preferences import set_preferences
from inbox.views.door import DeskRequest, door, toast


@door("inbox.view_conversation", "GET", "POST")
def preferences(request: DeskRequest) -> HttpResponse:
    """How the desk behaves for the person who looks."""
    user = User.objects.get(pk=request.user.pk)  # the form writes into it before it is checked
    form = PreferencesForm(request.POST or None, instance=user)
    if request.method == "POST":
        set_preferences(user=request.user, **cleaned(form))
        return toast(request, redirect("inbox:preferences"), _("Saved."))
    return render(request, "inbox/preferences.html", {"form": form})
