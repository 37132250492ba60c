"""The custom section `package-docs`: documentation and feature gates of a package that is encoded as a component.

The section is a convention of tools, not of the specification: a version byte (0 or 1), then JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from pycm_core.component import syntax as s
from pycm_core.wit import model as m
from pycm_core.wit.json import stability as stability_data

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


# --- writing --------------------------------------------------------------------------------------------------------------


def docs_section(resolve: m.Resolve) -> s.CustomSection:
    """The documentation and gates of the root package."""
    package = resolve.packages[resolve.main]
    data: Json = {}
    if package.docs:
        data["docs"] = package.docs
    worlds = {name: found for name, i in package.worlds if (found := _world_data(resolve, resolve.worlds[i]))}
    interfaces = {name: found for name, i in package.interfaces if (found := _interface_data(resolve, resolve.interfaces[i]))}
    if worlds:
        data["worlds"] = worlds
    if interfaces:
        data["interfaces"] = interfaces
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return s.CustomSection(SECTION, b"\1" + text.encode("utf-8", "replace"))


def _head(docs: str | None, stability: m.Stability | None) -> Json:
    data: Json = {}
    if docs:
        data["docs"] = docs
    if stability is not None:
        data["stability"] = stability_data(stability)
    return data


def _interface_data(resolve: m.Resolve, interface: m.Interface) -> Json:
    data = _head(interface.docs, interface.stability)
    funcs = {f.name: found for f in interface.functions if (found := _head(f.docs, f.stability))}
    types = {name: found for name, i in interface.types if (found := _type_data(resolve.types[i]))}
    return data | ({"funcs": funcs} if funcs else {}) | ({"types": types} if types else {})


def _type_data(made: m.TypeDef) -> Json:
    data = _head(made.docs, made.stability)
    items = {label: member.docs for label, member in zip(labels(made.kind), made.members, strict=False) if member.docs}
    return data | ({"items": items} if items else {})


def _world_data(resolve: m.Resolve, world: m.World) -> Json:
    parts: dict[str, Json] = {}

    def put(part: str, name: str, data: Any) -> None:
        if data:
            parts.setdefault(part, {})[name] = data

    for word, items in (("import", world.imports), ("export", world.exports)):
        exported = word == "export"
        for x in items:
            match x:
                case m.WorldFunc(func):
                    put("func_exports" if exported else "funcs", func.name, _head(func.docs, func.stability))
                case m.WorldType(name, type_):
                    put("types", name, _type_data(resolve.types[type_]))
                case m.WorldInterface():
                    interface = resolve.interfaces[x.interface]
                    if interface.name is None:
                        part = "interface_exports" if exported else "interfaces"
                        put(part, x.label or "", _interface_data(resolve, interface))
                        continue
                    name = x.label or resolve.interface_name(x.interface) or ""
                    put(f"interface_{word}_stability", name, stability_data(x.stability) if x.stability else None)
                    put(f"interface_{word}_docs", name, x.docs)
    order = (
        "interfaces",
        "types",
        "funcs",
        "interface_exports",
        "func_exports",
        "interface_import_stability",
        "interface_export_stability",
        "interface_import_docs",
        "interface_export_docs",
    )
    return _head(world.docs, world.stability) | {part: parts[part] for part in order if part in parts}
