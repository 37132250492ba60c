"""The custom section `package-docs`: documentation and feature gates of a package that is encoded as a component.

The section is a convention of tools, not of the specification: a version byte (0 or 1), then JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from pycm_core.component import syntax as s
from pycm_core.wit import model as m

SECTION = "package-docs"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PackageDocs:
    """The JSON of the section; empty when there is none or it cannot be read."""

    data: Json

    @staticmethod
    def of_component(component: s.Component) -> PackageDocs:
        """The documentation in a component. What is malformed counts as absent: custom sections never make a component invalid."""
        for definition in component.definitions:
            if isinstance(definition, s.CustomSection) and definition.name == SECTION and definition.data[:1] in (b"\0", b"\1"):
                try:
                    data = json.loads(definition.data[1:].decode("utf-8"))
                except (ValueError, RecursionError):
                    continue
                if isinstance(data, dict):
                    return PackageDocs(data)
        return PackageDocs({})


def _object(data: Any, *path: str) -> Json:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _text(data: Any) -> str | None:
    return data if isinstance(data, str) and data else None


def _stability(data: Any) -> m.Stability | None:
    stable, unstable = _object(data, "stable"), _object(data, "unstable")
    deprecated = _text((stable or unstable).get("deprecated"))
    if since := _text(stable.get("since")):
        return m.Stability(since, None, deprecated)
    if feature := _text(unstable.get("feature")):
        return m.Stability(None, feature, deprecated)
    return None


def apply_docs(resolve: m.Resolve, docs: PackageDocs) -> m.Resolve:
    """The resolution with documentation and gates on the items of its root package."""
    if not docs.data:
        return resolve
    types = list(resolve.types)
    interfaces = list(resolve.interfaces)
    worlds = list(resolve.worlds)
    package = resolve.packages[resolve.main]
    for name, index in package.interfaces:
        _interface(interfaces, types, index, _object(docs.data, "interfaces", name))
    for name, index in package.worlds:
        _world(worlds, interfaces, types, resolve, index, _object(docs.data, "worlds", name))
    packages = list(resolve.packages)
    packages[resolve.main] = replace(package, docs=_text(docs.data.get("docs")))
    return m.Resolve(tuple(packages), tuple(interfaces), tuple(worlds), tuple(types), resolve.main)


def _interface(interfaces: list[m.Interface], types: list[m.TypeDef], index: int, data: Json) -> None:
    if not data:
        return
    interface = interfaces[index]
    functions = tuple(_func(f, _object(data, "funcs", f.name)) for f in interface.functions)
    for name, type_ in interface.types:
        _type(types, type_, _object(data, "types", name))
    interfaces[index] = replace(
        interface, docs=_text(data.get("docs")), stability=_stability(data.get("stability")), functions=functions
    )


def _func(func: m.Func, data: Json) -> m.Func:
    if not data:
        return func
    return replace(func, docs=_text(data.get("docs")), stability=_stability(data.get("stability")))


def _type(types: list[m.TypeDef], index: int, data: Json) -> None:
    if not data:
        return
    made = types[index]
    items = _object(data, "items")
    members = made.members
    if items:
        members = tuple(m.Member(_text(items.get(label))) for label in labels(made.kind))
    types[index] = replace(made, docs=_text(data.get("docs")), stability=_stability(data.get("stability")), members=members)


def labels(kind: m.TypeKind) -> tuple[str, ...]:
    """The names of the members of a record, variant, enum or flags."""
    fields = getattr(kind, "fields", None)
    if fields is not None:
        return tuple(f.label for f in fields)
    cases = getattr(kind, "cases", None)
    if cases is not None:
        return tuple(c.label for c in cases)
    return getattr(kind, "labels", ())


def _world(
    worlds: list[m.World], interfaces: list[m.Interface], types: list[m.TypeDef], resolve: m.Resolve, index: int, data: Json
) -> None:
    if not data:
        return
    world = worlds[index]

    def item(x: m.WorldItem, exported: bool) -> m.WorldItem:
        match x:
            case m.WorldFunc(func):
                return m.WorldFunc(_func(func, _object(data, "func_exports" if exported else "funcs", func.name)))
            case m.WorldType(name, type_):
                _type(types, type_, _object(data, "types", name))
                return x
            case m.WorldInterface():
                if interfaces[x.interface].name is None:
                    inline = _object(data, "interface_exports" if exported else "interfaces", x.label or "")
                    _interface(interfaces, types, x.interface, inline)
                    return replace(x, stability=_stability(inline.get("stability"))) if inline else x
                name = x.label or resolve.interface_name(x.interface) or ""
                word = "export" if exported else "import"
                return replace(
                    x,
                    docs=_text(_object(data, f"interface_{word}_docs").get(name)),
                    stability=_stability(_object(data, f"interface_{word}_stability", name)),
                )

    worlds[index] = replace(
        world,
        docs=_text(data.get("docs")),
        stability=_stability(data.get("stability")),
        imports=tuple(item(x, False) for x in world.imports),
        exports=tuple(item(x, True) for x in world.exports),
    )
