"""Scripts of the WebAssembly test suites, `.wast`: text to directives, directives to outcomes, outcomes to a summary.

The grammar is the reference interpreter's, as the suites use it; components use the same directives with `component` for `module`.
What a module or a component *is* comes from outside, as a `Format`; what running means, as an `Executor`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, TypedDict

from pycm_core.base.errors import Exhaustion, InternalError, Invalid, Malformed, PyCMError
from pycm_core.base.features import Features
from pycm_core.base.source import Source
from pycm_core.wasm.text.cursor import Cursor
from pycm_core.wasm.text.lexer import SList, decode_utf8, read
from pycm_core.wasm.text.module import ANNOTATIONS


class Form(Enum):
    """How a definition is written."""

    TEXT = "text"
    BINARY = "binary"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Definition:
    """`(module ...)` or `(component ...)` in a script: `sort` is that word."""

    sort: str
    form: Form
    name: str | None
    content: bytes = field(repr=False)
    """Of the binary or the quoted text."""
    text: SList | None = field(repr=False)
    """The list, for a text."""
    source: Source = field(repr=False)
    only: bool = False
    """`(module definition ...)`: not to be instantiated."""

    def cursor(self) -> Cursor:
        """For a text, a cursor behind the sort (and the word `definition`)."""
        assert self.text is not None
        c = Cursor(self.source, self.text)
        c.keyword()
        if self.only:
            c.keyword("definition")
        return c

    def quoted(self) -> Source:
        """For a quoted text, its source. Raises `Malformed` when it is not UTF-8."""
        return decode_utf8(self.content, "quote")


@dataclass(frozen=True, slots=True)
class Instance:
    """`(module instance name? definition?)`: instantiate a definition again."""

    sort: str
    name: str | None
    definition: str | None


@dataclass(frozen=True, slots=True)
class Action:
    """`(invoke ...)` or `(get ...)`: `args` is a cursor at the arguments, whose syntax is the sort's own."""

    kind: str
    instance: str | None
    item: str
    args: Cursor = field(repr=False)


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: `keyword` is its first word, `line` where it starts, 1-based."""

    keyword: str
    line: int
    subject: Definition | Instance | Action | None
    """What is defined, done, or asserted about."""
    expected: str | None = None
    """The message of an assertion, or the name of `register`."""
    rest: Cursor | None = field(default=None, repr=False)
    """At what follows the subject: expected results, or what a directive unknown here consists of."""


_ASSERT_MESSAGE = frozenset(
    {
        "assert_malformed",
        "assert_invalid",
        "assert_unlinkable",
        "assert_trap",
        "assert_exhaustion",
        "assert_suspension",
        "assert_malformed_custom",
        "assert_invalid_custom",
    }
)
_SORTS = ("module", "component")


def parse(source: Source) -> tuple[Directive, ...]:
    """The directives of a script. A text that is only fields of a module is a script of one module. Raises `Malformed`."""
    c = Cursor(source, read(source, ANNOTATIONS))
    directives: list[Directive] = []
    while not c.done:
        word = c.head()
        if not directives and word in ("func", "memory", "table", "global", "type", "rec", "import", "export", "elem", "data"):
            whole = SList(0)
            whole.items, whole.end = c.items, c.end
            return (Directive("module", 1, _BareFields("module", Form.TEXT, None, b"", whole, source)),)
        node = c.next()
        if not isinstance(node, SList) or word is None:
            c.pos -= 1
            raise c.unexpected("a directive")
        directives.append(_directive(word, node, source))
    return tuple(directives)


class _BareFields(Definition):
    """A module whose `(module` is left away."""

    def cursor(self) -> Cursor:
        assert self.text is not None
        return Cursor(self.source, self.text)


def _directive(word: str, node: SList, source: Source) -> Directive:
    line = source.line_column(node.start)[0]
    c = Cursor(source, node)
    if word in _SORTS:
        return Directive(word, line, _definition(node, source))
    c.keyword()
    if word in ("invoke", "get"):
        return Directive(word, line, _action(node, source))
    if word == "register":
        name = c.name()
        target = c.id_name()
        c.finish()
        return Directive(word, line, Instance("module", target, None), name)
    if word.startswith("assert_"):
        subject = _subject(c, source)
        if word in _ASSERT_MESSAGE:
            expected = c.name()
            c.finish()
            return Directive(word, line, subject, expected)
        return Directive(word, line, subject, None, c)
    return Directive(word, line, None, None, c)


def _subject(c: Cursor, source: Source) -> Definition | Instance | Action:
    word = c.head()
    node = c.next("a module or an action")
    if word in _SORTS and isinstance(node, SList):
        return _definition(node, source)
    if word in ("invoke", "get") and isinstance(node, SList):
        return _action(node, source)
    c.pos -= 1
    raise c.unexpected("a module or an action")


def _definition(node: SList, source: Source) -> Definition | Instance:
    c = Cursor(source, node)
    sort = c.expect_keyword()
    only = c.keyword("definition") is not None
    if not only and c.keyword("instance") is not None:
        instance, definition = c.id_name(), c.id_name()
        c.finish()
        return Instance(sort, instance, definition)
    name = c.id_name()
    form = c.keyword("binary", "quote")
    if form is None:
        return Definition(sort, Form.TEXT, name, b"", node, source, only)
    content = c.strings()
    c.finish()
    return Definition(sort, Form(form), name, content, None, source, only)


def _action(node: SList, source: Source) -> Action:
    c = Cursor(source, node)
    kind = c.expect_keyword("invoke", "get")
    instance = c.id_name()
    return Action(kind, instance, c.name(), c)


# --- outcomes -----------------------------------------------------------------------------------------------------------


class Verdict(Enum):
    """What became of a directive."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with its message or reason. `worded`: whether our message has the expected words, where there are some."""

    verdict: Verdict
    message: str = ""
    worded: bool | None = None


PASSED = Outcome(Verdict.PASSED)


def failed(message: str) -> Outcome:
    """It is not as the directive says."""
    return Outcome(Verdict.FAILED, message)


def skipped(reason: str) -> Outcome:
    """It was not checked, or not all of it."""
    return Outcome(Verdict.SKIPPED, reason)


class Format(Protocol):
    """What a sort of definition brings: its text, its binary, and its validation. All raise only `PyCMError`s."""

    @property
    def features(self) -> Features:
        """What is allowed."""
        ...

    def parse(self, c: Cursor) -> Any:
        """A model from a cursor behind the sort: an identifier, if any, and the contents."""
        ...

    def parse_source(self, source: Source) -> Any:
        """A model from a quoted text."""
        ...

    def decode(self, binary: bytes) -> Any:
        """A model from a binary."""
        ...

    def validate(self, model: Any) -> None:
        """Raises `Invalid`."""
        ...

    def round_trip(self, model: Any) -> str | None:
        """What differs once the model is encoded and decoded, or printed and parsed, again; `None` when nothing does."""
        ...


class Executor(Protocol):
    """Answers directives, in order, within one script."""

    def steps(self, directive: Directive) -> Generator[Any, Any, Outcome]:
        """The outcome of a directive, in steps that yield awaitables; a `PyCMError` that escapes is a failure."""
        ...


class FormatExecutor:
    """Checks what formats and validation can: definitions, `assert_malformed`, `assert_invalid`. The rest is skipped.

    An executor that runs things can stand on this one: it asks here first, then does what was skipped.
    """

    __slots__ = ("always_on", "formats")

    def __init__(self, formats: Mapping[str, Format], always_on: Sequence[str] = ()) -> None:
        self.formats = formats
        self.always_on = always_on
        """Proposals that the script wants off, but for which there is no switch: what is accepted may be so for their sake."""

    def load(self, definition: Definition) -> Any:
        """The model of a definition, not validated."""
        form = self.formats[definition.sort]
        match definition.form:
            case Form.BINARY:
                return form.decode(definition.content)
            case Form.QUOTE:
                return form.parse_source(definition.quoted())
            case Form.TEXT:
                return form.parse(definition.cursor())

    def steps(self, directive: Directive) -> Generator[Any, Any, Outcome]:
        return self.execute(directive)
        yield  # makes this a generator

    def execute(self, directive: Directive) -> Outcome:
        """The outcome of a directive; a `PyCMError` that escapes is a failure."""
        subject = directive.subject
        if not isinstance(subject, Definition):
            return skipped(f"`{directive.keyword}` needs an engine")
        if subject.sort not in self.formats:
            return skipped(f"no format for `{subject.sort}`")
        try:
            return self._checked(directive, subject)
        except PyCMError as e:
            if e.missing not in self.formats[subject.sort].features:
                raise
            return skipped(f"not in this version: {e.message}")

    def _checked(self, directive: Directive, subject: Definition) -> Outcome:
        match directive.keyword:
            case "module" | "component":
                return self.defined(subject)
            case "assert_malformed":
                return self.rejected(subject, directive, Malformed)
            case "assert_invalid":
                return self.rejected(subject, directive, Invalid)
            case "assert_unlinkable" | "assert_trap":
                outcome = self.defined(subject)
                return outcome if outcome.verdict is Verdict.FAILED else skipped(f"`{directive.keyword}` needs an engine")
        return skipped(f"unknown directive `{directive.keyword}`")

    def defined(self, definition: Definition) -> Outcome:
        """A definition is well-formed, valid, and survives a round trip."""
        form = self.formats[definition.sort]
        model = self.load(definition)
        form.validate(model)
        difference = form.round_trip(model)
        return PASSED if difference is None else failed(difference)

    def rejected(self, definition: Definition, directive: Directive, phase: type[Malformed] | type[Invalid]) -> Outcome:
        """A definition is rejected in the phase that the directive says, and not before."""
        form = self.formats[definition.sort]
        try:
            model = self.load(definition)
        except (Malformed, Exhaustion) as e:
            return _judged(e, directive, phase, form.features)
        try:
            form.validate(model)
        except PyCMError as e:
            return _judged(e, directive, phase, form.features)
        if self.always_on:
            return skipped(f"cannot be switched off, being part of core WebAssembly 3.0: {', '.join(self.always_on)}")
        return failed(f"accepted, although expected: {directive.expected}")


def _judged(error: PyCMError, directive: Directive, phase: type[PyCMError], features: Features) -> Outcome:
    if error.missing in features:  # rejected, but not for what is wrong with it
        raise error
    expected = directive.expected or ""
    if isinstance(error, phase):
        return Outcome(Verdict.PASSED, error.message, expected in error.message.replace("`", ""))
    return failed(f"expected {phase.__name__}: {expected}; found {type(error).__name__}: {error.message}")


# --- summaries ----------------------------------------------------------------------------------------------------------


class Failure(TypedDict):
    """A directive that failed."""

    line: int
    directive: str
    message: str


class Skip(TypedDict):
    """A directive that was skipped."""

    line: int
    reason: str


class FileSummary(TypedDict):
    """One script. `worded` counts rejections by whether our message has the expected words; it decides nothing."""

    file: str
    passed: int
    failed: int
    skipped: int
    failures: list[Failure]
    skips: list[Skip]
    worded: dict[str, int]


class Summary(TypedDict):
    """Several scripts."""

    files: list[FileSummary]
    total: dict[str, int]


def run(source: Source, executor: Executor, observe: Callable[[Directive, Outcome], None] | None = None) -> FileSummary:
    """Run a script. A script that does not parse is one failed directive. `observe` sees each outcome."""
    steps = run_steps(source, executor, observe)
    while True:
        try:
            waiting = next(steps)
        except StopIteration as stop:
            summary: FileSummary = stop.value
            return summary
        if hasattr(waiting, "close"):
            waiting.close()
        raise InternalError("a directive waits for the outside, and nothing here can")


def run_steps(
    source: Source, executor: Executor, observe: Callable[[Directive, Outcome], None] | None = None
) -> Generator[Any, Any, FileSummary]:
    """The same in steps: yields awaitables, where the engine has some, and is sent their results."""
    summary = FileSummary(
        file=source.name, passed=0, failed=0, skipped=0, failures=[], skips=[], worded={"agreed": 0, "differed": 0}
    )
    try:
        directives = parse(source)
    except PyCMError as e:
        line = 1 if e.where is None else source.line_column(getattr(e.where, "start", 0))[0]
        summary["failed"] = 1
        summary["failures"].append(Failure(line=line, directive="script", message=e.message))
        return summary
    for directive in directives:
        try:
            outcome = yield from executor.steps(directive)
        except PyCMError as e:
            outcome = failed(f"{type(e).__name__}: {e.message}")
        _count(summary, directive, outcome)
        if observe is not None:
            observe(directive, outcome)
    return summary


def _count(summary: FileSummary, directive: Directive, outcome: Outcome) -> None:
    match outcome.verdict:
        case Verdict.PASSED:
            summary["passed"] += 1
            if outcome.worded is not None:
                summary["worded"]["agreed" if outcome.worded else "differed"] += 1
        case Verdict.FAILED:
            summary["failed"] += 1
            summary["failures"].append(Failure(line=directive.line, directive=directive.keyword, message=outcome.message))
        case Verdict.SKIPPED:
            summary["skipped"] += 1
            summary["skips"].append(Skip(line=directive.line, reason=outcome.message))


def summarize(files: Iterable[FileSummary]) -> Summary:
    """The summaries of scripts, and their sum."""
    listed = list(files)
    total = {
        "passed": sum(f["passed"] for f in listed),
        "failed": sum(f["failed"] for f in listed),
        "skipped": sum(f["skipped"] for f in listed),
        "agreed": sum(f["worded"]["agreed"] for f in listed),
        "differed": sum(f["worded"]["differed"] for f in listed),
    }
    return Summary(files=listed, total=total)
