"""Ctrl-C, ``kill``, a closed terminal: who is asked to stop ends at a safe place.

Ctrl-C raises ``KeyboardInterrupt``, as ever. SIGTERM (``kill``, a scheduler whose time is up, a
notebook's host) and SIGHUP (the terminal is gone) raise ``Stopped``. What is being written may be
written to its end first. A signal that is ignored (``nohup``) stays ignored.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator

#: SIGHUP is unknown to Windows.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_asked: list[int] = []


class Stopped(SystemExit):
    """Asked to stop by a signal; to whoever lets it pass the exit status says by which.

    Examples
    --------
    >>> Stopped(15).code
    143
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


#: What a request to stop is raised as.
ASKED = (KeyboardInterrupt, Stopped)


def status(asked: BaseException) -> int:
    """Return the exit status of a command that was asked to stop, as shells count it.

    Examples
    --------
    >>> status(KeyboardInterrupt()), status(Stopped(15))
    (130, 143)
    """
    return 128 + (asked.number if isinstance(asked, Stopped) else signal.SIGINT)


def word(asked: BaseException) -> str:
    """Return what happened, in a word or three.

    Examples
    --------
    >>> word(KeyboardInterrupt()), word(Stopped(15))
    ('Interrupted', 'Stopped by SIGTERM')
    """
    if not isinstance(asked, Stopped):
        return "Interrupted"
    return f"Stopped by {signal.Signals(asked.number).name}"


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """Raise each request to stop in the block; in a thread, which gets no signals, do nothing."""
    usual = (signal.SIG_DFL, signal.default_int_handler)
    ours = [n for n in SIGNALS if _in_main_thread() and signal.getsignal(n) in usual]
    before = {number: signal.signal(number, _raise) for number in ours}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if before:
            _asked.clear()


def check() -> None:
    """Raise a request to stop that came where Python drops exceptions (in a finalizer)."""
    if _asked:
        _raise(_asked[-1])


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let a request to stop wait until the block is done: half a gigabyte takes seconds."""
    asked: list[int] = []
    handlers = {n: signal.getsignal(n) for n in SIGNALS if _in_main_thread()}
    before = {n: old for n, old in handlers.items() if old not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, lambda number, _: asked.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for number in asked[:1]:
        signal.raise_signal(number)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _raise(number: int, _frame: object = None) -> None:
    _asked.append(number)
    raise KeyboardInterrupt if number == signal.SIGINT else Stopped(number)
