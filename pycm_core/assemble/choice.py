"""Which world is meant."""

from __future__ import annotations

from pycm_core.base.errors import WitError
from pycm_core.wit import model as m


def choose_world(resolve: m.Resolve, name: str | None) -> int:
    """The world called `name` (`name` of the root package, `ns:pkg/name` or `ns:pkg/name@version` of any), or the only one of the root package.

    Raises `WitError`.
    """
    root = resolve.packages[resolve.main]
    own = dict(root.worlds)
    if name is None:
        if len(own) == 1:
            return next(iter(own.values()))
        if not own:
            raise WitError(f"package `{root.name}` has no world", hint="name one of another package: `--world ns:pkg/name`")
        raise WitError(
            f"package `{root.name}` has {len(own)} worlds: {', '.join(f'`{x}`' for x in own)}", hint="name one: `--world NAME`"
        )
    if name in own:
        return own[name]
    found = []
    for index in range(len(resolve.worlds)):
        full = resolve.world_name(index)
        if name in (full, full.partition("@")[0]):
            found.append(index)
    if len(found) == 1:
        return found[0]
    if found:
        raise WitError(f"`{name}` is ambiguous", hint=f"say which: {', '.join(f'`{resolve.world_name(i)}`' for i in found)}")
    known = [*own, *[resolve.world_name(i) for i, w in enumerate(resolve.worlds) if w.package != resolve.main]]
    raise WitError(f"there is no world `{name}`", hint=f"there are: {', '.join(f'`{x}`' for x in known[:12])}" if known else None)
