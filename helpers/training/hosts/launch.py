"""Start the process of each host, watch it, and say in one sentence how it ended.

JAX ends a process on the spot, with a page of C++ addresses, when it loses a host it works with.
So the training has a process of its own, the worker, and the command only waits for it. Should the
command itself be killed, its end of a pipe closes, and the worker goes too.
"""

import contextlib
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import UserError
from helpers.files import root
from helpers.training.recipe import Recipe

if TYPE_CHECKING:
    from helpers.training.runs import Run

#: Seconds to wait for a host that does not come, and after which a silent one counts as lost.
TIMEOUT = 120
#: Of these a share passes until a silent host counts as lost; then the processes here are given
#: seconds to notice, and seconds to end, so that the sentence comes within the time that was named.
SILENT, TO_NOTICE, TO_END = 0.6, 5, 2
#: Exit status of a worker that has lost another host and could say so itself.
LOST = 3
WORKER = "from helpers.training.hosts.worker import main; main()"
NAME = re.compile(r"[\w.-]+|\[[\da-fA-F:]+\]")


class HostError(RuntimeError):
    """Something that happened to a host while it trained."""


@dataclass(frozen=True)
class Plan:
    """Who takes part: where host 0 listens, how many hosts, and which of them run here."""

    address: str
    count: int
    here: tuple[int, ...]

    @property
    def first(self) -> bool:
        """Whether host 0, which writes the run, is here."""
        return 0 in self.here


def plan(hosts: str, index: int | None = None) -> Plan:
    """Read what ``--hosts`` and ``--host-index`` say.

    Parameters
    ----------
    hosts
        ``"local:N"``, N processes on this machine; or the names of all hosts, the first with the
        port that it shall listen on: ``"ada:1234,grace"``.
    index
        Which of the hosts this one is, from 0; only with names.

    Raises
    ------
    UserError
        When the two do not describe a set of hosts with this one in it.

    Examples
    --------
    >>> plan("ada:1234,grace", 1)
    Plan(address='ada:1234', count=2, here=(1,))
    """
    if hosts.startswith("local:"):
        return _local(hosts, index)
    names = [name.strip() for name in hosts.split(",")]
    first, colon, port = names[0].rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise UserError(f"--hosts must begin with a host and its port, like ada:1234, got {hosts}.")
    bare = [first, *(name.rsplit(":", 1)[0] if name[-1:] != "]" else name for name in names[1:])]
    if len(names) < 2 or not all(NAME.fullmatch(name) for name in bare):
        raise UserError(f"--hosts must name at least two hosts, like ada:1234,grace, got {hosts}.")
    if index is None or not 0 <= index < len(names):
        raise UserError(
            f"--host-index must say which of the {len(names)} hosts this one is, from 0 to "
            f"{len(names) - 1}, got {index}."
        )
    return Plan(names[0], len(names), (index,))


def _local(hosts: str, index: int | None) -> Plan:
    number = hosts.removeprefix("local:")
    if not number.isdigit() or not 1 <= int(number) <= 64:
        raise UserError(f"--hosts local:N needs a number of processes from 1 to 64, got {hosts}.")
    if index is not None:
        raise UserError("--host-index goes with the names of hosts; local:N starts all by itself.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Plan(f"127.0.0.1:{port}", int(number), tuple(range(int(number))))


def train(
    recipe: Recipe,
    folder: str | Path,
    hosts: str,
    index: int | None = None,
    *,
    resume: bool = True,
    timeout: int = TIMEOUT,
) -> "Run | None":
    """Train one network on several hosts; start this on each of them.

    Each host reads its share of each batch from its own copy of the pictures; the gradients are
    added up over the network, so that all hosts take the same step, the one that a single process
    takes with the whole batch. Host 0 alone writes the run folder. Its port asks nobody who he is:
    on a trusted network only.

    Parameters
    ----------
    recipe, folder, resume
        As in ``training.train``; the same on all hosts, but for the place of the pictures.
    hosts, index
        See ``plan``.
    timeout
        Seconds to wait for a host that does not come, and after which a silent one counts as lost.

    Returns
    -------
    Run or None
        The finished run on host 0, None on the others.

    Raises
    ------
    UserError
        When the hosts do not agree on settings or pictures, or one has a bad argument.
    HostError
        When a host does not come or is lost; repeat the command on all of them to resume.

    Examples
    --------
    >>> train(Recipe(data="photos"), "runs/photos", "local:2")  # doctest: +SKIP
    """
    if timeout < 1:
        raise UserError(f"--host-timeout must be at least 1 second, got {timeout}.")
    who = plan(hosts, index)
    if os.environ.get("KERAS_BACKEND", "jax") != "jax":
        raise UserError("Several hosts need Keras on JAX: unset KERAS_BACKEND or set it to jax.")
    if importlib.util.find_spec("jax") is None:
        raise UserError("Several hosts need JAX, which is not installed here: pip install jax.")
    job = {
        "recipe": recipe.to_dict(),
        "folder": os.fspath(folder),
        "resume": resume,
        "address": who.address,
        "count": who.count,
        "timeout": timeout,
    }
    with tempfile.TemporaryDirectory() as notes:
        workers = [_Worker(job | {"index": i, "notes": notes}) for i in who.here]
        try:
            _watch(workers)
        finally:
            for worker in workers:
                worker.end(lost=any(other.status for other in workers))
        lies = Path(notes, "folder").read_text("utf-8", "surrogateescape") if who.first else None
    from helpers.training.runs import Run

    return None if lies is None else Run.load(lies)


class _Worker:
    """The process that trains as one of the hosts."""

    def __init__(self, job: dict) -> None:
        self.job = job
        self.notes = Path(job["notes"])
        path = os.pathsep.join(filter(None, [os.fspath(root()), os.environ.get("PYTHONPATH")]))
        quiet = {"KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": path}
        # What C++ says on its way down helps nobody; what Python has to say comes as a note.
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            stdin=subprocess.PIPE,
            stderr=None if os.environ.get("ALEXNET_HOSTS_DEBUG") else subprocess.DEVNULL,
            env=os.environ | quiet,
            text=True,
        )
        assert self.process.stdin is not None
        self.pipe = self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.pipe.write(json.dumps(job) + "\n")
            self.pipe.flush()

    @property
    def status(self) -> int | None:
        """Exit status, None while it runs."""
        return self.process.poll()

    def end(self, lost: bool = False) -> None:
        """Let go of the worker: it ends when its pipe closes, unless it is stuck."""
        with contextlib.suppress(BrokenPipeError):
            self.pipe.close()
        try:
            self.process.wait(TO_END if lost else 10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def complaint(self) -> Exception:
        """Return the error that says how it ended."""
        index, count, timeout = (self.job[name] for name in ("index", "count", "timeout"))
        said = self.notes / f"said-{index}"
        if said.exists():
            text = said.read_text("utf-8", "surrogateescape")
            return UserError(text) if self.status == 2 else HostError(text)
        if not (self.notes / f"joined-{index}").exists():
            return HostError(
                f"Host {index} waited {timeout} s at {self.job['address']}, and not all of the "
                f"{count} hosts came; start the same command on each of them within that time."
            )
        if self.status in (LOST, -signal.SIGABRT):
            return HostError(
                f"Host {index} lost another host and stopped; start the same command on every "
                "host again, and the training goes on from its last checkpoint."
            )
        return HostError(
            f"The training process of host {index} ended with status {self.status}; start the same "
            "command on every host again, and the training goes on from its last checkpoint."
        )


def _watch(workers: list[_Worker]) -> None:
    """Wait until all workers have ended; raise what the most telling of the failed ones says."""
    until = None
    while any(worker.status is None for worker in workers):
        if until is None and any(worker.status for worker in workers):
            until = time.monotonic() + TO_NOTICE  # one has failed: the others must notice by then
        if until is not None and time.monotonic() > until:
            break
        time.sleep(0.1)
    failed = [worker for worker in workers if worker.status]
    if failed:
        # 2 and 1 have their own words; then those that were killed; last those that lost them.
        order: dict[int | None, int] = {2: 0, 1: 1, LOST: 3, -signal.SIGABRT: 3}
        raise min(failed, key=lambda worker: order.get(worker.status, 2)).complaint()
