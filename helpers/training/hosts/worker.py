"""What the process of one host does: train on its share of every batch.

All hosts run the same program with the same seeds. Every batch and all random numbers are drawn for
the whole of it, as one process would draw them, and each host takes its part; ``DataParallel`` of
Keras makes one global batch of the parts, and JAX adds up the gradients (between processors through
Gloo). So two hosts take the steps of one, dropout included, up to the order of additions.
"""

import json
import os
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from helpers.errors import UserError
from helpers.training.hosts.host import Host
from helpers.training.hosts.launch import LOST, SILENT
from helpers.training.identity import Identity, settings
from helpers.training.recipe import Recipe

if TYPE_CHECKING:
    from helpers.training.recipe import Resolved

DAY = 24 * 3600


def main() -> None:
    """Do the job that comes as one line of JSON on standard input; leave with its exit status."""
    sys.meta_path.insert(0, _WithoutTensorFlow())
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _keep_output_to_ourselves()
    try:
        status, said = _attempt(job)
    except KeyboardInterrupt:
        status, said = 1, "Interrupted; repeat the command on every host to resume."
    if said:
        (Path(job["notes"]) / f"said-{job['index']}").write_text(said, "utf-8", "surrogateescape")
    sys.stdout.flush()
    # Not sys.exit: JAX would wait for the other hosts, which may be waiting for this one.
    os._exit(status)


class _WithoutTensorFlow:
    """Lets TensorFlow seem not to be there.

    Keras on JAX loads it where it is, for ten seconds and half a gigabyte, only to seed it.
    """

    def find_spec(self, name: str, path=None, target=None) -> None:
        if name == "tensorflow":
            raise ModuleNotFoundError(name)


def _leave_with_parent() -> None:
    sys.stdin.read()  # until the command that started us closes its end, or is killed
    os._exit(1)


def _keep_output_to_ourselves() -> None:
    """Leave standard output to Python: Gloo writes there whom it is connected to."""
    sys.stdout = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _attempt(job: dict) -> tuple[int, str]:
    """Do the job and return exit status and what to say."""
    import jax

    try:
        work(job)
        jax.distributed.shutdown()  # waits for the others, and notices when one is lost
    except UserError as error:
        return 2, str(error)
    except Exception as error:
        text = str(error) or type(error).__name__
        # JAX raises several types for it; the words are those of Gloo and of its coordinator.
        lost = any(word in text for word in ("Gloo", "UNAVAILABLE", "DEADLINE_EXCEEDED"))
        return (LOST, "") if lost else (1, text.splitlines()[0])
    return 0, ""


def work(job: dict) -> None:
    """Join the others, agree with them, and train."""
    import jax

    host = Host(job["index"], job["count"])
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        job["address"],
        host.count,
        host.index,
        initialization_timeout=job["timeout"],
        heartbeat_timeout_seconds=max(1, int(SILENT * job["timeout"])),
        shutdown_timeout_seconds=DAY,  # host 0 judges the finished network alone
    )
    (Path(job["notes"]) / f"joined-{host.index}").touch()
    asked, folder = Recipe.from_dict(job["recipe"]), Path(job["folder"])
    wanted = _agree(host, asked, folder, job["resume"])
    lies = _train(host, asked, folder, wanted, job["resume"])
    if lies is not None:
        lying = Path(job["notes"]) / "folder"
        lying.write_text(os.fspath(lies), "utf-8", "surrogateescape")


def _agree(host: Host, recipe: Recipe, folder: Path, resume: bool) -> Identity:
    """Return the run that is wanted when all hosts have the same pictures and settings."""
    wanted, problem = None, None
    try:
        wanted = look(host, recipe, folder)
    except UserError as error:
        problem = str(error)
    mine = {"problem": problem, "settings": settings(recipe) | {"resume": resume}}
    mine["pictures"] = None if wanted is None else wanted.pictures
    said = host.gather(mine)
    if problem is not None:
        raise UserError(problem)
    for index, other in enumerate(said):
        if other["problem"] is not None:
            raise UserError(f"Host {index} cannot begin: {other['problem']}")
        if other["settings"] != said[0]["settings"]:
            raise UserError(
                f"Host {index} was started with other settings than host 0; start the same command "
                "on every host, with its own --host-index."
            )
        if other["pictures"] != said[0]["pictures"]:
            raise UserError(
                f"Host {index} has other pictures than host 0; give each host the same folder."
            )
    assert wanted is not None  # else there was a problem
    return wanted


def look(host: Host, recipe: Recipe, folder: Path) -> Identity:
    """Return the run that is wanted; UserError when pictures or folder will not do."""
    import jax

    from helpers.training import loop, runs

    if recipe.broad:
        raise UserError("Several hosts take no broad recipe: leave --hosts out.")
    if recipe.start is not None or recipe.freeze is not None:
        raise UserError("Several hosts take neither start nor freeze: leave --hosts out.")
    if host.first:
        runs.check(folder)
    wanted = loop.wanted(recipe)
    data = wanted.data
    size = min(wanted.recipe.batch_size, len(data.subset("train")))
    devices = jax.device_count()
    if size % devices:
        raise UserError(
            f"A batch of {size} pictures cannot be shared equally by {devices} devices; choose a "
            f"--batch-size that {devices} divides."
        )
    if len(data.subset("val")) < host.count:
        raise UserError(f"{host.count} hosts need at least {host.count} validation pictures.")
    return wanted


def _train(host: Host, asked: Recipe, folder: Path, wanted: Identity, resume: bool) -> Path | None:
    """Train, or find the run finished, and return on host 0 where it lies."""
    from helpers.training import loop

    if not host.first:
        said = host.hear(None)
        if "problem" in said:
            raise UserError(f"Host 0 cannot begin: {said['problem']}")
        if "recipe" in said:
            with tempfile.TemporaryDirectory() as own:
                recipe = cast("Resolved", Recipe.from_dict(said["recipe"]))
                _session(host, replace(wanted, recipe=recipe), Path(own)).run()
        return None
    told: list[dict] = []

    def tell(**said) -> None:
        if not told:  # the others listen once
            told.append(said)
            host.hear(said)

    def work(wanted: Identity, folder: Path) -> None:
        loop.introduce(wanted, folder)
        tell(recipe=wanted.recipe.to_dict())
        loop.carry_out(lambda: _session(host, wanted, folder), folder)

    try:
        return loop.settle(folder, asked, wanted, resume, work)
    except UserError as error:
        tell(problem=str(error))
        raise
    finally:
        tell()


def _session(host: Host, wanted: Identity, folder: Path):
    import keras

    from helpers.training.hosts.session import HostSession

    keras.distribution.set_distribution(
        keras.distribution.DataParallel(
            devices=keras.distribution.list_devices(),
            auto_shard_dataset=False,  # each host already reads its own part
        )
    )
    return HostSession(host, wanted, folder)
