"""Work off chunks of files as tasks of a Dask cluster: one that runs already, or one started on this machine."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vsme_xl.batch.manifest import tool_fingerprint
from vsme_xl.batch.records import PRIVATE, InputFile, Options, Outcome, failure
from vsme_xl.batch.storage import absolute, is_in_process, join, read, remove, write
from vsme_xl.batch.workers import Failure, run_in_processes
from vsme_xl.files import private_folder, sweep
from vsme_xl.guard import Limits

Files = tuple[InputFile, ...]
Engine = Callable[[Sequence[Files], Options], Iterator[Outcome]]
TOKEN = "shared"
PATIENCE = 30
LOOPBACK = "127.0.0.1"
MOST_CHUNKS = 4
TASKS_PER_SLOT = 4


class ClusterFails(Exception):
    """The cluster cannot do the work; `code` says why (a text `batch.cluster.CODE`), `at` where."""

    def __init__(self, code: str, at: str = "") -> None:
        super().__init__(code, at)
        self.code = code
        self.at = at


@contextmanager
def cluster(address: str, workers: int, urls: Sequence[str] = ()) -> Iterator[Any]:
    """Give out a client of the cluster at `address`, or of one of `workers` processes on this machine where empty.

    Raises ClusterFails where `distributed` is not installed, nothing answers at the address, or one of `urls` (inputs
    and output) is seen by this process only.
    """
    if not find_spec("distributed"):
        raise ClusterFails("not_installed")
    for url in urls:
        if is_in_process(url):
            raise ClusterFails("in_process", url)
    import dask
    from distributed import Client, LocalCluster

    with ExitStack() as stack:
        target: Any = address
        if not address:
            temporary = Path(tempfile.gettempdir())
            sweep(temporary)
            private = stack.enter_context(private_folder(temporary))
            stack.enter_context(dask.config.set({"temporary-directory": private}))
            own = LocalCluster(
                n_workers=workers, threads_per_worker=1, host=LOOPBACK, dashboard_address=f"{LOOPBACK}:0",
                silence_logs=logging.CRITICAL, local_directory=private,
            )  # fmt: skip
            target = stack.enter_context(own)
        try:
            client = stack.enter_context(Client(target, timeout=PATIENCE, set_as_default=False))
        except (OSError, ValueError) as error:
            raise ClusterFails("no_scheduler", address) from error
        yield client


def slots(client: Any) -> int:
    """Return how many tasks the cluster works at side by side at present; 0 while no worker has joined it."""
    return sum(client.nthreads().values())


def dask_engine(client: Any, work: str, limits: Limits) -> Engine:
    """Return the engine that works off chunks on a cluster; `work` names the function as `module:name`.

    A task that is lost with its worker runs again on another one. It writes the same bytes to the same places, so that
    nothing is doubled. Raises ClusterFails where a worker is not fit for the work or the scheduler is lost.
    """
    return lambda chunks, options: _worked_off(client, chunks, options, work, limits)


def _worked_off(
    client: Any, chunks: Sequence[Files], options: Options, work: str, limits: Limits
) -> Iterator[Outcome]:
    from distributed import as_completed

    shared = replace(options, out=absolute(options.out))
    run = uuid.uuid4().hex
    token = join(shared.out, PRIVATE, TOKEN)
    write(token, run.encode())
    failed = partial(failure, options=options)
    task = partial(work_off, options=shared, work=work, failed=failed, limits=limits, token=run)
    futures = {
        client.submit(task, bundle, key=f"vsme-xl-{run}-{number}", pure=False): bundle
        for number, bundle in enumerate(bundles(chunks, slots(client)))
    }
    try:
        for future in as_completed(list(futures), loop=client.loop):
            yield from _outcomes(future, futures.pop(future), failed)
    except CancelledError as error:
        raise ClusterFails("lost") from error
    finally:
        client.cancel(list(futures))
        remove(token)


def bundles(chunks: Sequence[Files], side_by_side: int) -> list[tuple[Files, ...]]:
    """Return the chunks in bundles, one for each task.

    A task starts a process of its own; several chunks share that cost where there are enough of them for everybody.
    """
    size = max(1, min(MOST_CHUNKS, len(chunks) // (TASKS_PER_SLOT * max(1, side_by_side))))
    return [tuple(chunks[n : n + size]) for n in range(0, len(chunks), size)]


def _outcomes(future: Any, bundle: Sequence[Files], failed: Failure) -> list[Outcome]:
    """Return what a task returned; where it took one worker after the other with it, its files have failed."""
    from distributed import KilledWorker

    error = future.exception()
    if error is None:
        done: list[Outcome] = future.result()
        future.release()
        return done
    if isinstance(error, KilledWorker):
        return [failed(file.name, "worker_lost") for files in bundle for file in files]
    if isinstance(error, ImportError):
        raise ClusterFails("no_program") from error
    raise error


def work_off(
    bundle: Sequence[Files], options: Options, work: str, failed: Failure, limits: Limits, token: str
) -> list[Outcome]:
    """Return the outcomes of chunks, worked off in a process beside the Dask worker that runs this, under `limits`.

    `token` is what the caller wrote into the output folder: who does not find it there does not see the same folder.
    """
    _check_worker(options, token)
    multiprocessing.current_process().daemon = False  # Dask's workers are, and such may start no processes
    events = run_in_processes(bundle, options, work, failed, 1, limits)
    return [event for event in events if isinstance(event, Outcome)]


def _check_worker(options: Options, token: str) -> None:
    from distributed import get_worker

    address = str(get_worker().address)
    if tool_fingerprint(options.edition) != options.tool:
        raise ClusterFails("other_program", address)
    try:
        seen = read(join(options.out, PRIVATE, TOKEN)).decode()
    except OSError:
        seen = ""
    if seen != token:
        raise ClusterFails("not_shared", address)
    if options.mapping and _digest(options.mapping) != options.mapping_sha:
        raise ClusterFails("no_mapping", address)


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""
