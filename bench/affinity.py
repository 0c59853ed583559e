"""Where programs may run. Only for latency: everywhere else the scheduler decides, as it would for users.

A round trip between two CPUs that have nothing else to do consists mostly of waking them up, and the scheduler moves
the two ends together or apart as it likes; either way a mean over a few seconds says little about what lies between.
So latency is measured with both ends on one CPU and with each on its own.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def cpus() -> list[int]:
    """The CPUs that this run may use."""
    return sorted(os.sched_getaffinity(0))


@contextlib.contextmanager
def confined(spaces: list[str], cpu: int) -> Iterator[None]:
    """Keeps every thread that runs in these network namespaces on one CPU."""
    threads = list(_threads(set(spaces)))
    before = {thread: os.sched_getaffinity(thread) for thread in threads}
    try:
        for thread in threads:
            os.sched_setaffinity(thread, {cpu})
        yield
    finally:
        for thread, mask in before.items():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(thread, mask)


def _threads(spaces: set[str]) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        # A process may end while it is looked at.
        with contextlib.suppress(OSError):
            if os.readlink(process / "ns/net") in spaces:
                yield from [int(thread.name) for thread in (process / "task").iterdir()]
