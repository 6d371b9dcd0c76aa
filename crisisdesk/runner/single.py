"""Single-process mode: worker and beat as threads of the web process, for machines without Redis.

The broker is Celery's in-memory one, so what is queued is lost with the process. Nothing else
is: the rows are in the database, and the sweeps of the beat schedule find them again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading

from celery import Celery
from celery.beat import Scheduler, Service
from celery.worker import WorkController

logger = logging.getLogger(__name__)

THREADS = 4


class Background:
    """A worker and a beat inside this process.

    Make it outside the event loop: Celery closes Django's connections while it gets ready.
    """

    def __init__(self, app: Celery) -> None:
        # Other threads would otherwise find an app of their own and an empty in-memory broker.
        app.finalize()
        app.set_default()
        self._is_stopping = False
        self._worker = WorkController(
            app=app,
            pool="threads",
            concurrency=THREADS,
            queues=["ingest", "send", "default"],
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        # It sleeps a second at most, so that a stop need not wait for the next entry.
        self._beat = Service(app, max_interval=1, scheduler_cls=Scheduler)

    def start(self) -> None:
        threading.Thread(target=self._work, name="worker", daemon=True).start()
        threading.Thread(target=self._beat.start, name="beat", daemon=True).start()

    def _work(self) -> None:
        self._worker.start()
        if not self._is_stopping:
            logger.critical("the worker thread ended; leaving, so that the runner starts it again")
            os.kill(os.getpid(), signal.SIGTERM)

    def stop(self) -> None:
        """End beat, then let the worker finish what it is doing."""
        self._is_stopping = True
        self._beat.stop(wait=True)
        self._worker.stop(in_sighandler=False)
