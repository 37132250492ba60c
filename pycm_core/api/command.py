"""The command `pycm`: finds the verb, and renders every error the same way."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from pycm_core.api.verbs import component, objdump, parse, print, run, serve, validate, wast, wit
from pycm_core.api.version import version
from pycm_core.base.errors import PyCMError
from pycm_core.base.render import render

VERBS = (run, serve, wit, validate, parse, print, objdump, component, wast)

FAILED = 1
"""The exit code of a verb whose input is at fault; argparse exits with 2 for wrong usage."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        return verb(options)
    except PyCMError as error:
        if options.json:
            sys.stdout.write(json.dumps({"error": error.to_data()}) + "\n")
        else:
            sys.stderr.write(render(error, str(options.file)) + "\n")
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:
        message = f"`{error.filename}`: {error.strerror}" if error.filename else str(error)
        if options.json:
            sys.stdout.write(json.dumps({"error": PyCMError(message).to_data()}) + "\n")
        else:
            sys.stderr.write(f"error: {message}\n")
    return FAILED


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    command = argparse.ArgumentParser("pycm", description="The WebAssembly Component Model in pure Python.")
    command.add_argument("--version", action="version", version=f"pycm {version()}")
    verbs = command.add_subparsers(title="verbs", required=True, metavar="VERB")
    for verb in VERBS:
        verb.add(verbs)
    return command
