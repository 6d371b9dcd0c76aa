"""People are added by an admin, with a password that only they see."""

from __future__ import annotations

import pytest

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import AuditEvent, User
from inbox.operations.users import create_user, make_password


def test_an_admin_adds_a_colleague_who_can_sign_in(dewi):
    user, password = create_user(username="sri", role="agent", by=dewi, email="Sri@Example.ORG")
    stored = User.objects.get(pk=user.pk)
    assert stored.check_password(password)
    assert (stored.role, stored.email) == ("agent", "Sri@example.org")
    event = AuditEvent.objects.get(verb="inbox.user.created")
    assert (event.actor, event.target_id) == (dewi, user.pk)
    assert password not in str(event.data)


@pytest.mark.django_db
def test_the_command_line_adds_the_first_admin():
    user, _ = create_user(username="sri", role="admin")
    assert user.has_perm("inbox.add_user")
    assert AuditEvent.objects.get().actor is None


@pytest.mark.parametrize("who", ["ana", "ben", "cleo"])
def test_nobody_else_adds_people(who, request):
    by = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        create_user(username="sri", role="admin", by=by)
    assert not User.objects.filter(username="sri").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"username": "", "role": "agent"},
        {"username": "two words", "role": "agent"},
        {"username": "sri", "role": "owner"},
        {"username": "sri", "role": "agent", "email": "not an address"},
    ],
)
def test_unfit_values_are_refused(fields):
    with pytest.raises(BadInput):
        create_user(**fields)
    assert not User.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_name_is_given_once(ana):
    with pytest.raises(BadInput, match="already exists"):
        create_user(username="ana", role="agent")


def test_passwords_are_long_random_and_readable():
    made = {make_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(password.replace("-", "")) == 20 for password in made)
    assert not set("".join(made)) & set("0o1il")
