"""What a run of the command may use up: `-W`, with the words people know from `wasmtime run`."""

from __future__ import annotations

import argparse
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from pycm_core.base.errors import Exhaustion, PyCMError
from pycm_core.runtime.bounds import INTERRUPTED, Bounds

NAMES = ("fuel", "max-memory-size", "timeout")
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def add_bounds(parser: argparse.ArgumentParser) -> None:
    """Declare the option."""
    parser.add_argument(
        "-W",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="bounds: `fuel=1000000` (instructions), `max-memory-size=64M` (of each memory), `timeout=2s`; several with commas",
    )


def bounds(given: Sequence[str]) -> Bounds:
    """What the options say; the last word on each counts. Raises `PyCMError`."""
    found: dict[str, str] = {}
    for text in given:
        for part in text.split(","):
            name, _, value = part.partition("=")
            if name not in NAMES:
                raise PyCMError(f"`-W {part}` bounds nothing", hint=f"there are {', '.join(f'`{one}=…`' for one in NAMES)}")
            found[name] = value
    return Bounds(
        int(_number(found, "fuel", UNITS)) if "fuel" in found else None,
        int(_number(found, "max-memory-size", UNITS)) if "max-memory-size" in found else None,
        _number(found, "timeout", SECONDS) if "timeout" in found else None,
    )


def _number(found: dict[str, str], name: str, units: dict[str, Any]) -> float:
    match = re.fullmatch(r"(\d{1,18})([A-Za-z]*)", found[name], re.ASCII)
    unit = None if match is None else units.get(match[2], units.get(match[2].upper()))
    if match is None or unit is None:
        known = ", ".join(f"`{one}`" for one in units if one)
        raise PyCMError(f"`-W {name}={found[name]}` is no bound", hint=f"write a whole number, perhaps with {known} after it")
    number: float = int(match[1]) * unit
    return number


@contextmanager
def within(seconds: float | None, engine: Any) -> Iterator[None]:
    """What is done inside ends with `Exhaustion` when the time is over: Python by a signal, guests of an engine that has `interrupt` by that."""
    if seconds is None:
        yield
        return
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        raise PyCMError("`-W timeout` is not possible here: it needs the timers of POSIX")
    if not seconds:
        raise PyCMError("`-W timeout=0` leaves no time to run")

    over = f"the time limit of {seconds:g} s was reached"

    def ring(number: int, frame: FrameType | None) -> None:
        raise Exhaustion(over)

    before = signal.signal(signal.SIGALRM, ring)
    timer = threading.Timer(seconds, getattr(engine, "interrupt", lambda: None))
    timer.daemon = True
    timer.start()
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except Exhaustion as error:  # a guest may have been interrupted before the signal came
        if error.message == INTERRUPTED:
            error.message = over
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        timer.cancel()
        signal.signal(signal.SIGALRM, before)
