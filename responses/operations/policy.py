"""Who must agree before a text leaves: reading and setting a channel's approval policy."""

from __future__ import annotations

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import Channel, User
from inbox.operations.access import require_sight
from inbox.operations.audit import announce, record
from responses.models import ApprovalPolicy

FIELDS = (
    "public_needs_approval",
    "private_needs_approval",
    "alt_text_required",
    "undo_seconds",
)


def policy_for(channel: Channel) -> ApprovalPolicy:
    """Return the policy of `channel`; the default one where nobody has set any."""
    try:
        return channel.approval_policy
    except ObjectDoesNotExist:
        return ApprovalPolicy(channel=channel)


def reason(*, policy: ApprovalPolicy, is_private: bool) -> str:
    """Return in words why a reply goes to a manager, or why it does not."""
    if policy.needs_approval(is_private=is_private):
        if is_private:
            return _("Private replies on this channel need a manager who is not their author.")
        return _("Public replies on this channel need a manager who is not their author.")
    if is_private:
        return _("Private replies on this channel need no approval.")
    return _("Public replies on this channel need no approval.")


@transaction.atomic
def set_policy(
    *,
    channel: Channel,
    by: User,
    public_needs_approval: bool,
    private_needs_approval: bool,
    undo_seconds: int,
    alt_text_required: bool = True,
) -> ApprovalPolicy:
    """Set what `channel` asks for from now on; what is queued without approval is held.

    Raises NotAllowed, BadInput.
    """
    if not by.has_perm("responses.change_approvalpolicy"):
        raise NotAllowed(_("Only an admin can change who must approve."))
    require_sight(by=by, channel_id=channel.pk)
    Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    row = ApprovalPolicy.objects.filter(channel=channel).first()
    policy = row or ApprovalPolicy(channel=channel)
    before = {name: getattr(policy, name) for name in FIELDS}
    policy.public_needs_approval = public_needs_approval
    policy.private_needs_approval = private_needs_approval
    policy.alt_text_required = alt_text_required
    policy.undo_seconds = undo_seconds
    try:
        policy.full_clean(validate_unique=False)
    except ValidationError as error:
        raise BadInput(_("The undo window takes 0 to 60 seconds.")) from error
    policy.save()
    record(
        actor=by,
        verb="responses.policy.changed",
        target=channel,
        before=before,
        after={name: getattr(policy, name) for name in FIELDS},
    )
    announce(kind="channels", channel_id=channel.pk)
    return policy
