"""Background doors of responses: take ids, call one operation.

All are acknowledged late and may run twice or at once: the operations claim their rows by
compare-and-swap, and the sweep finds whatever a lost task left behind. Operations are imported
inside the functions because they import this module to ring for it.
"""

from __future__ import annotations

from celery import shared_task


@shared_task(acks_late=True, soft_time_limit=40, time_limit=60)
def send_reply(reply_id: int) -> None:
    """Send one due reply. Safe twice; a worker killed in it leaves the reply to the sweep.

    The limits only bind process pools; in threads the HTTP time-out and the lease do.
    """
    from responses.operations.sending import deliver

    deliver(reply_id=reply_id)


@shared_task(acks_late=True, soft_time_limit=40, time_limit=60)
def reconcile_reply(reply_id: int) -> None:
    """Look once whether an unknown reply is on the network. Safe twice: each look is claimed."""
    from responses.operations.reconciling import reconcile

    reconcile(reply_id=reply_id)


@shared_task(acks_late=True, soft_time_limit=20, time_limit=30)
def sweep_replies() -> None:
    """Ring for everything that is due. Reads and rings only, so it is safe at any time."""
    from responses.operations.sweeping import sweep

    sweep()
