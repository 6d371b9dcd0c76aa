"""One run of the desk from the first check to the last stopped process."""

from __future__ import annotations

from pathlib import Path

from crisisdesk.runner import broker, data_dir, ports, specs
from crisisdesk.runner.console import say
from crisisdesk.runner.probes import redis_answers, web_answers
from crisisdesk.runner.supervisor import StartFailed, StopAsked, Supervisor


def run(
    *,
    data: Path,
    port: int,
    redis_url: str,
    demo: bool,
    single: bool = False,
    reset: bool = False,
    verbose: bool = False,
) -> int:
    """Run the desk until it is stopped; return the exit code (0: stopped, 1: did not start).

    Refuses with exit code 2 and one line what cannot work: a taken port, a folder that cannot
    be written, is somebody else's, or is in use.
    """
    data_dir.open_data_dir(data)
    with data_dir.locked(data):
        ports.require_free(port)
        if reset:
            data_dir.empty(data)
        desk = specs.Desk(
            port=port,
            data_dir=data,
            broker=broker.choose(redis_url=redis_url, single=single, data_dir=data),
            practice_port=ports.first_free(port + 1) if demo else None,
        )
        try:
            with data_dir.published(data, desk.own_env()):
                return _run(desk, verbose=verbose)
        finally:
            broker.clean_up(desk.broker, data)


def _run(desk: specs.Desk, *, verbose: bool) -> int:
    supervisor = Supervisor(desk.data_dir / "log", verbose=verbose)
    with supervisor.signals():
        try:
            _start(supervisor, desk)
            say(_welcome(desk))
            supervisor.watch()
        except StopAsked:
            say("Stopping.")
            return 0
        except StartFailed as error:
            say(str(error))
            return 1
        finally:
            supervisor.stop()
    return 0


def _start(supervisor: Supervisor, desk: specs.Desk) -> None:
    """Bring everything up, each piece after what it leans on."""
    say(f"Broker: {desk.broker.why}.")
    if socket := desk.broker.socket:
        redis = supervisor.start(specs.redis(desk))
        supervisor.wait_for(lambda: redis_answers(socket), redis)
    if practice_port := desk.practice_port:
        practice = supervisor.start(specs.practice(desk))
        supervisor.wait_for(lambda: web_answers(practice_port), practice)
    supervisor.run_once(specs.manage("prepare"), desk.env(), "Preparing the database")
    if desk.practice_port:
        supervisor.run_once(specs.manage("prepare_demo"), desk.env(), "Preparing the demo")
    web = supervisor.start(specs.web(desk))
    if desk.broker.url:
        supervisor.start(specs.worker(desk))
        supervisor.start(specs.beat(desk))
        if desk.practice_port is None:  # the practice network tells nothing over such a line
            supervisor.start(specs.attend(desk))
    supervisor.wait_for(lambda: web_answers(desk.port), web)


def _welcome(desk: specs.Desk) -> str:
    lines = [f"READY  The desk:              {desk.url}/"]
    if desk.practice_port:
        lines += [
            f"       What the public sees:  {desk.practice_url}/",
            "       Sign in as ana or budi (agents), ben (manager), dewi (admin), cleo (auditor).",
        ]
    lines.append("       Ctrl-C stops everything; the next start goes on where this one ended.")
    return "\n".join(lines)
