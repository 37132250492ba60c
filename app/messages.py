"""What the page and the worker say to each other. `web/src/protocol.ts` is generated from this file (`python -m app.protocol`).

The page sends a `Request` and gets exactly one `Reply` with the same `id`; in between the worker may send `Progress`, `Output`, `HttpLog`,
`KeptJournal`, `ResponseHead`, `ResponseChunk`, `ResponseEnd` and `ImportCall` messages that carry that `id`, and the page `Input` and `ResponseTaken`.
One request runs at a time.
Bytes are `Uint8Array`s on the page, `bytes` in Python. WAVE is the text form of values; a resource handle is written `name#n`
(`counter#1`), which only this project reads.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

# --- shapes that several messages share ---------------------------------------------------------------------------------


class Place(TypedDict):
    """Where an error lies: an offset in the bytes, or a span of a text (0-based `start`, `end`; 1-based `line`, `column`)."""

    offset: NotRequired[int]
    file: NotRequired[str]
    start: NotRequired[int]
    end: NotRequired[int]
    line: NotRequired[int]
    column: NotRequired[int]


class Failure(TypedDict):
    """A failed request. `kind` is a class of `pycm_core.base.errors`, or `Stopped`, or `BadRequest`."""

    kind: str
    message: str
    where: Place | None
    hint: str | None


class SecondPlace(TypedDict):
    """What else to look at ("first defined here"): code-point indices into the text `file`."""

    message: str
    file: str
    start: int
    end: int


class Diagnostic(TypedDict):
    """For the editor: code-point indices into the text."""

    start: int
    end: int
    severity: Literal["error", "warning", "info"]
    message: str
    hint: str | None
    related: NotRequired[list[SecondPlace]]


class TypeNode(TypedDict):
    """A value type, as a tree (WIT types do not recurse).

    `kind` is the name of a primitive, or `list`, `tuple`, `record`, `variant`, `enum`, `flags`, `option`, `result`, `own`, `borrow`,
    `stream`, `future`, `map`. `text` is the type as WIT writes it (its name, where it has one).
    """

    kind: str
    text: str
    items: NotRequired[list[NamedType]]
    """Record fields, variant cases, tuple members, `option`'s and `list`'s one element, `ok` and `err` of a result, `key` and `value`."""
    labels: NotRequired[list[str]]
    """Of `enum` and `flags`."""


class NamedType(TypedDict):
    """A labelled type; `type` is null for a case without payload."""

    name: str
    type: TypeNode | None


class FuncItem(TypedDict):
    """A function one can call or must answer: `path` is what `invoke` takes (`lab:b/api#echo`, or `add`)."""

    path: str
    name: str
    params: list[NamedType]
    result: TypeNode | None
    async_: bool
    wit: str


class InterfaceItem(TypedDict):
    """An imported or exported instance (`interface`), or the bare functions of the world (`name` is empty)."""

    name: str
    funcs: list[FuncItem]
    types: list[str]
    """Names of the types and resources it exports."""
    answered: NotRequired[Literal["wasi", "page", "nobody"]]
    """For imports: who answers."""


class MemoryRun(TypedDict):
    """Bytes that lie together in a linear memory."""

    address: int
    size: int
    bytes: str
    """Hexadecimal; fewer than `size` where they would be too many, or none."""


class TraceEvent(TypedDict):
    """One event of a trace (pycm_core.abi.trace documents the kinds)."""

    seq: int
    kind: str
    depth: int
    text: str
    """The event in plain words."""
    rule: str
    """Document and heading of the spec."""
    instance: NotRequired[int]
    """The component instance it happened in or for; -1 is the host."""
    func: NotRequired[str]
    direction: NotRequired[Literal["export", "import"]]
    index: NotRequired[int]
    """Of the handle in the guest's table."""
    path: NotRequired[str]
    type: NotRequired[str]
    value: NotRequired[str]
    memory: NotRequired[int]
    """Number of the linear memory; `instance` is the one it belongs to."""
    address: NotRequired[int]
    bytes: NotRequired[str]
    """Hexadecimal, at most 4,096 bytes; `size` is the true count."""
    size: NotRequired[int]
    """Bytes; of `memory` and `memory-grow`, of the memory itself."""
    runs: NotRequired[list[MemoryRun]]
    """What guest code wrote. Of `memory`, what it held where this trace looks at it; what lies between is zero."""


# --- requests: method name -> params, result --------------------------------------------------------------------------


class HelloParams(TypedDict):
    pass


class HelloResult(TypedDict):
    version: str
    python: str
    features: list[str]
    boot: Literal["snapshot", "plain"]


class CheckWitParams(TypedDict):
    """Check the text of the editor."""

    text: str
    name: NotRequired[str]


class OutlineItem(TypedDict):
    kind: str
    name: str
    start: int
    end: int
    children: list[OutlineItem]


class CheckWitResult(TypedDict):
    diagnostics: list[Diagnostic]
    outline: list[OutlineItem]
    package: str | None


class WitParams(TypedDict):
    """Texts by path: those without a folder are the files of the root package, `deps/a.wit` and the files of `deps/a/` a package each.

    WASI's packages need not be among them. `file` is one of the paths.
    """

    files: dict[str, str]
    file: str


class WitCheckResult(TypedDict):
    """`diagnostics` by path, for every text; `outline` is that of `file`. `package` is the root package's name, if a text gives it."""

    diagnostics: dict[str, list[Diagnostic]]
    outline: list[OutlineItem]
    package: str | None


class WitAtParams(WitParams):
    """`at` is a code-point index into the text `file`."""

    at: int


class WitCompletion(TypedDict):
    """`text` goes where `start` and `end` of the answer say; `kind` is `keyword`, `primitive`, `type`, `resource`, `interface`, …"""

    text: str
    kind: str
    detail: str | None
    docs: str | None


class WitCompleteResult(TypedDict):
    start: int
    end: int
    items: list[WitCompletion]


class WitLayoutPart(TypedDict):
    """A field of a record, a case of a variant, …: `offset` and `size` in bytes; `type` as WIT writes it, null for a case without payload."""

    name: str
    type: str | None
    offset: int
    size: int


class WitLayout(TypedDict):
    """How values of a type lie in a 32-bit memory, in bytes, and as what core values they travel (CanonicalABI.md, "Alignment" to "Flattening").

    `flat` is null where there are more than 16: then they travel in memory.
    """

    size: int
    align: int
    parts: list[WitLayoutPart]
    flat: list[str] | None


class WitHover(TypedDict):
    """What stands between `start` and `end`: its definition as WIT, its documentation (plain text), the layout of a type, the core signature
    of a function as a host calls it."""

    start: int
    end: int
    text: str
    docs: str | None
    layout: WitLayout | None
    core: str | None


class WitHoverResult(TypedDict):
    hover: WitHover | None


class WitLocation(TypedDict):
    """A place in a text; with `built_in`, `file` is one that `wit-source` has. `line` counts from 1; `preview` is that line."""

    file: str
    start: int
    end: int
    line: int
    preview: str
    built_in: bool


class WitDefinitionResult(TypedDict):
    location: WitLocation | None


class WitReferencesResult(TypedDict):
    """The definition is among them; `total` counts those that were left out too."""

    locations: list[WitLocation]
    total: int


class WitRenameParams(WitAtParams):
    """Without `name`: only whether, and where, there is something to rename."""

    name: NotRequired[str]


class WitEdit(TypedDict):
    file: str
    start: int
    end: int
    text: str


class WitRenameResult(TypedDict):
    """`start` and `end` are those of the name at the place asked for. `problem` says in words why there are no edits."""

    start: int
    end: int
    edits: list[WitEdit]
    problem: str | None


class WitFormatParams(TypedDict):
    text: str


class WitFormatResult(TypedDict):
    text: str


class WitSourceParams(TypedDict):
    """The text of a file of a built-in package, by the name that locations give it (`wasi:io@0.2.12/streams.wit`)."""

    name: str


class WitSourceResult(TypedDict):
    text: str


class OpenParams(TypedDict):
    """With `id`, the component gets that id (a page that outlived its worker opens again under the ids it has)."""

    name: str
    bytes: bytes
    id: NotRequired[str]


class OpenResult(TypedDict):
    """`kind`: a component, or a core module (shown, not callable: `wit` of its functions is their core type, `types` are its other items)."""

    id: str
    kind: Literal["component", "module"]
    name: str
    size: int
    wit: str
    imports: list[InterfaceItem]
    exports: list[InterfaceItem]
    command: bool
    """Whether it exports `wasi:cli/run`, so that `run` works."""
    missing: list[str]
    """In plain words: what this component needs that is not there yet."""


class CloseParams(TypedDict):
    id: str


class CloseResult(TypedDict):
    pass


class FileData(TypedDict):
    """A file (`bytes`), a directory (`dir`) or a symbolic link (`link` is its target)."""

    bytes: NotRequired[bytes]
    dir: NotRequired[bool]
    link: NotRequired[str]


class HttpExchange(TypedDict):
    """A request and what came of it: `response`, or `error` (a code of `wasi:http/types` and what belongs to it). Values and bodies in base64."""

    method: str
    url: str
    headers: list[list[str]]
    body: str
    response: NotRequired[HttpResponse]
    error: NotRequired[list[Any]]


class HttpResponse(TypedDict):
    """A response as it is recorded. Values and the body in base64."""

    status: int
    headers: list[list[str]]
    body: str
    trailers: NotRequired[list[list[str]]]


class HttpGrant(TypedDict):
    """Whom the guest may send requests to: `hosts` are `name` or `name:port`, `*` is everybody.

    With `replay`, nothing is sent: each request is answered by the first record of the same method, URL and body. `record` keeps what was
    exchanged for the result.
    """

    hosts: NotRequired[list[str]]
    replay: NotRequired[list[HttpExchange]]
    record: NotRequired[bool]


class NetworkGrant(TypedDict):
    """A loopback network inside the tab. `shared`: the one network of all that is open, instead of one of its own.

    `names` gives addresses to host names; `tcp`, `udp` and `lookup` (all on) say what is allowed.
    """

    shared: NotRequired[bool]
    names: NotRequired[dict[str, list[str]]]
    tcp: NotRequired[bool]
    udp: NotRequired[bool]
    lookup: NotRequired[bool]


class Grants(TypedDict):
    """What may reach out of the machine, or change from run to run. Nothing does by default."""

    http: NotRequired[HttpGrant]
    network: NotRequired[NetworkGrant]
    clock: NotRequired[Literal["virtual", "real"]]
    random: NotRequired[Literal["seeded", "real"]]
    stdin: NotRequired[Literal["prepared", "live"]]
    """Live: `stdin` comes first, then what `Input` messages bring."""


class PreopenData(TypedDict):
    """A directory of `files` that the guest finds open."""

    path: str
    writable: NotRequired[bool]


class MountData(TypedDict):
    """A directory beside `files`: what a `zip` file holds, or `files` by absolute path within it; empty where neither is there.

    With `kept`, it comes from this browser's storage under that name, and what it holds afterwards goes back there; the page sees to that,
    and gives the `zip`. What is not `writable` (the default) is read-only; `capacity` is its quota in bytes.
    """

    zip: NotRequired[bytes]
    files: NotRequired[dict[str, FileData]]
    kept: NotRequired[str]
    writable: NotRequired[bool]
    capacity: NotRequired[int]


class FileChange(TypedDict):
    """What a run did at an absolute guest path. Sizes in bytes, null for what is no file; `before` of what was added and `after` of what was
    removed are null too."""

    path: str
    change: Literal["added", "changed", "removed"]
    before: int | None
    after: int | None


class Bounds(TypedDict):
    """What the guest may use up. `memory` is in bytes, of each of its memories, which do not grow past it; `time` is in milliseconds by the clock
    on the wall, which the page looks at, and which ends a call with `Exhaustion`. `fuel` is in instructions, for engines that count them; the
    browser's does not."""

    memory: NotRequired[int]
    time: NotRequired[float]
    fuel: NotRequired[int]


class MachineParams(TypedDict):
    """What WASI gives the guest; nothing of it by default. `files` by absolute guest path, preopened at `/` unless `preopens` says otherwise."""

    argv: NotRequired[list[str]]
    env: NotRequired[dict[str, str]]
    stdin: NotRequired[bytes]
    files: NotRequired[dict[str, FileData]]
    preopens: NotRequired[dict[str, PreopenData]]
    """By the name the guest sees."""
    capacity: NotRequired[int]
    """The quota of `files`, in bytes."""
    mounts: NotRequired[dict[str, MountData]]
    """By the absolute path that the guest finds them at."""
    terminals: NotRequired[list[Literal["stdin", "stdout", "stderr"]]]
    """Which streams are terminals."""
    seed: NotRequired[int]
    """Of the random numbers."""
    start: NotRequired[float]
    """What the virtual clock starts at, in milliseconds since 1970."""
    bounds: NotRequired[Bounds]
    grants: NotRequired[Grants]


class InstantiateParams(MachineParams):
    """`imports` lists the functions the page answers (`ns:pkg/iface#func`). `trace` (the default) lets calls be traced."""

    id: str
    imports: NotRequired[list[str]]
    trace: NotRequired[bool]


class InstantiateResult(TypedDict):
    """`kept` and `unkept` as in the result of `run`: what it did to kept directories while it was made."""

    instance: str
    kept: NotRequired[dict[str, bytes]]
    unkept: NotRequired[dict[str, str]]


class InvokeParams(MachineParams):
    """Without `instance`: in a fresh one. `imports` and what the machine gives as in `instantiate`, for the fresh one."""

    id: str
    func: str
    args: list[str]
    instance: NotRequired[str | None]
    imports: NotRequired[list[str]]
    trace: NotRequired[bool]


class TrapInfo(TypedDict):
    kind: str
    message: str
    rule: str | None
    where: Place | None
    hint: str | None


class InvokeResult(TypedDict):
    """`result` is WAVE (empty text where nothing is returned); exactly one of `result` and `trap` is there."""

    result: NotRequired[str]
    trap: NotRequired[TrapInfo]
    trace: list[TraceEvent]
    truncated: bool
    """Whether the trace was cut at the limit."""
    kept: NotRequired[dict[str, bytes]]
    unkept: NotRequired[dict[str, str]]
    """As in the result of `run`."""


class RunParams(MachineParams):
    """`argv` starts with the program's name."""

    id: str


class RunResult(TypedDict):
    """`files` is the whole tree after the run, mounts included, `changes` what the run did to it. A trap is `exit` 134 and `trap`. `exchanges`
    where they were recorded. `kept` are zip files for the browser's storage, by name, of what has changed; the page puts them there, and says
    in `unkept` what it could not, and why."""

    exit: int
    stdout: bytes
    stderr: bytes
    files: dict[str, FileData]
    changes: list[FileChange]
    kept: NotRequired[dict[str, bytes]]
    unkept: NotRequired[dict[str, str]]
    trap: NotRequired[TrapInfo]
    exchanges: NotRequired[list[HttpExchange]]


class RunTogetherParams(TypedDict):
    """Commands that run at the same time on a loopback network of their own. They start in order, each when those before it wait or have
    ended. What `grants.network` of each says is allowed; `names` gives addresses to host names."""

    runs: list[RunParams]
    names: NotRequired[dict[str, list[str]]]


class RunTogetherResult(TypedDict):
    """One result per run, in order."""

    results: list[RunResult]


class LeftInStream(TypedDict):
    """What a stream was given that its file did not see."""

    stream: int
    bytes: bytes


class KeptAfterParams(TypedDict):
    """What a kept directory held at first, what `KeptJournal` messages said since (one after the other), and what streams were left with."""

    zip: NotRequired[bytes]
    journal: bytes
    left: list[LeftInStream]


class KeptAfterResult(TypedDict):
    """What it holds then."""

    zip: bytes


class UnzipParams(TypedDict):
    bytes: bytes


class UnzipResult(TypedDict):
    """`files` by absolute path. What holds no tree of files is refused, and so is what is past a limit."""

    files: dict[str, FileData]


class ZipParams(TypedDict):
    files: dict[str, FileData]


class ZipResult(TypedDict):
    bytes: bytes


class ServeParams(MachineParams):
    """Whether a component can serve, in such a machine: fails where it cannot. What is served is asked by `request`."""

    id: str


class ServeResult(TypedDict):
    handler: str
    """The path of the function that will answer."""


class RequestParams(MachineParams):
    """A request for a component that exports `wasi:http/incoming-handler`. It is answered by a fresh instance.

    `url` is absolute, or a path. `method` is `GET` by default. With `streaming`, the response comes in `ResponseHead` and `ResponseChunk`
    messages, and the result has no body.
    """

    id: str
    url: str
    method: NotRequired[str]
    headers: NotRequired[list[list[str]]]
    body: NotRequired[bytes]
    streaming: NotRequired[bool]


class RequestResult(TypedDict):
    """`error` is why there is no response, or why it was cut short, in words; `status` is 500 then."""

    status: int
    headers: list[list[str]]
    body: bytes
    trailers: list[list[str]]
    stdout: bytes
    stderr: bytes
    trap: NotRequired[TrapInfo]
    error: NotRequired[str]
    kept: NotRequired[dict[str, bytes]]
    unkept: NotRequired[dict[str, str]]
    exchanges: NotRequired[list[HttpExchange]]


class WastParams(TypedDict):
    """A script of a WebAssembly test suite. `features` stand instead of those that its `RUN:` line asks for."""

    text: str
    name: NotRequired[str]
    features: NotRequired[list[str]]


class DirectiveResult(TypedDict):
    """What became of one directive; `worded` says whether a rejection has the words that the script expects, which decides nothing."""

    line: int
    directive: str
    verdict: Literal["passed", "failed", "skipped"]
    message: str
    worded: NotRequired[bool]


class WastResult(TypedDict):
    """All directives, in order, and how many came to what. `engine` ran them."""

    directives: list[DirectiveResult]
    passed: int
    failed: int
    skipped: int
    engine: str


class WaveCheckParams(TypedDict):
    """Parse the text of one argument against the parameter's type; `index` counts parameters from 0."""

    id: str
    func: str
    index: int
    text: str


class WaveCheckResult(TypedDict):
    """`value` is the value as JSON, for the form: 64-bit integers and non-finite floats as strings, `char` and `enum` as strings,
    flags as lists of labels, records as objects by label, variants and results as `{tag, value?}`, options as `null` or `{some}`, lists and
    tuples as arrays, handles as `{handle: "counter#1"}`."""

    value: Any
    error: Diagnostic | None


# --- messages without a request ---------------------------------------------------------------------------------------------


class Progress(TypedDict):
    """What the worker is doing for request `id` (`id` is 0 while booting). `total` is 0 when unknown. Bytes or items, as `unit` says."""

    event: Literal["progress"]
    id: int
    stage: str
    done: int
    total: int
    unit: Literal["bytes", "items"]


class Output(TypedDict):
    """Bytes the guest wrote, as they come. `run` is its place among those that run together."""

    event: Literal["output"]
    id: int
    run: NotRequired[int]
    stream: Literal["stdout", "stderr"]
    bytes: bytes


class HttpLog(TypedDict):
    """What the guest's requests come to, one message at each step: sent, a response begins, it ends or fails, the browser did something by itself."""

    event: Literal["http"]
    id: int
    number: int
    """Of the request, from 1."""
    step: Literal["sent", "response", "end", "failed", "note"]
    method: str
    url: str
    status: NotRequired[int]
    size: NotRequired[int]
    """Bytes of the body, at the end."""
    words: NotRequired[str]
    """What failed, or what the browser did."""


class KeptJournal(TypedDict):
    """What the guest does to a directory that is kept, as it does it (`wasi_browser/vfs/journal.py`): if it is stopped, `kept-after` makes of all of
    them what is to be kept. With `anew`, nothing that came before is needed, nor what the directory held."""

    event: Literal["kept"]
    id: int
    name: str
    bytes: bytes
    anew: bool


class ResponseHead(TypedDict):
    """A streaming response begins."""

    event: Literal["response-head"]
    id: int
    status: int
    headers: list[list[str]]


class ResponseChunk(TypedDict):
    """More of the body of a streaming response."""

    event: Literal["response-chunk"]
    id: int
    bytes: bytes


class ResponseEnd(TypedDict):
    """The body of a streaming response is complete. The component may still be at work."""

    event: Literal["response-end"]
    id: int


class ResponseTaken(TypedDict):
    """From the page: so many bytes of a streaming response have found their reader."""

    event: Literal["response-taken"]
    id: int
    size: int


class Input(TypedDict):
    """From the page: more of a live standard input; null is its end."""

    event: Literal["input"]
    id: int
    bytes: bytes | None


class ImportCall(TypedDict):
    """The guest calls an import the page answers; the page posts an `ImportAnswer` with the same `call`."""

    event: Literal["import-call"]
    id: int
    call: int
    func: str
    args: list[str]


class ImportAnswer(TypedDict):
    """`result` is WAVE (empty where nothing is returned); `error` when the page's function failed: the guest traps with it."""

    event: Literal["import-answer"]
    call: int
    result: NotRequired[str]
    error: NotRequired[str]


class Request(TypedDict):
    id: int
    method: str
    params: Any


class Reply(TypedDict):
    id: int
    result: NotRequired[Any]
    error: NotRequired[Failure]


METHODS: dict[str, tuple[type, type]] = {
    "hello": (HelloParams, HelloResult),
    "check-wit": (CheckWitParams, CheckWitResult),
    "wit-check": (WitParams, WitCheckResult),
    "wit-complete": (WitAtParams, WitCompleteResult),
    "wit-hover": (WitAtParams, WitHoverResult),
    "wit-definition": (WitAtParams, WitDefinitionResult),
    "wit-references": (WitAtParams, WitReferencesResult),
    "wit-rename": (WitRenameParams, WitRenameResult),
    "wit-format": (WitFormatParams, WitFormatResult),
    "wit-source": (WitSourceParams, WitSourceResult),
    "open": (OpenParams, OpenResult),
    "close": (CloseParams, CloseResult),
    "instantiate": (InstantiateParams, InstantiateResult),
    "invoke": (InvokeParams, InvokeResult),
    "run": (RunParams, RunResult),
    "run-together": (RunTogetherParams, RunTogetherResult),
    "kept-after": (KeptAfterParams, KeptAfterResult),
    "zip": (ZipParams, ZipResult),
    "unzip": (UnzipParams, UnzipResult),
    "request": (RequestParams, RequestResult),
    "serve": (ServeParams, ServeResult),
    "wast": (WastParams, WastResult),
    "wave-check": (WaveCheckParams, WaveCheckResult),
}

EVENTS: tuple[type, ...] = (
    Progress,
    Output,
    HttpLog,
    KeptJournal,
    ResponseHead,
    ResponseChunk,
    ResponseEnd,
    ResponseTaken,
    Input,
    ImportCall,
    ImportAnswer,
)
