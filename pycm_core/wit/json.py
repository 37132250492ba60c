"""A resolution as JSON, in the structure that `wasm-tools component wit --json` writes, so that other tools read ours."""

from __future__ import annotations

from typing import Any

from pycm_core.component import types as t
from pycm_core.component.types import Prim, TypeRef
from pycm_core.wit import model as m

Json = dict[str, Any]


def to_json(resolve: m.Resolve) -> Json:
    """`{worlds, interfaces, types, packages}`; references are indices into these arrays."""
    return {
        "worlds": [_world(w) for w in resolve.worlds],
        "interfaces": [_interface(i) for i in resolve.interfaces],
        "types": [_typedef(x) for x in resolve.types],
        "packages": [_package(p) for p in resolve.packages],
    }


def _extras(item: m.Item) -> Json:
    found: Json = {}
    if item.docs is not None:
        found["docs"] = {"contents": item.docs}
    if item.stability is not None:
        found["stability"] = stability(item.stability)
    if item.external_id is not None:
        found["external_id"] = item.external_id
    return found


def stability(s: m.Stability) -> Json:
    """A feature gate."""
    inner = {"since": s.since} if s.since is not None else {"feature": s.unstable}
    if s.deprecated is not None:
        inner["deprecated"] = s.deprecated
    return {"stable" if s.since is not None else "unstable": inner}


def _ref(ref: TypeRef | None) -> str | int | None:
    return ref.value if isinstance(ref, Prim) else ref


def _package(package: m.Package) -> Json:
    found: Json = {"name": str(package.name)}
    if package.docs is not None:
        found["docs"] = {"contents": package.docs}
    return found | {"interfaces": dict(package.interfaces), "worlds": dict(package.worlds)}


def _interface(interface: m.Interface) -> Json:
    found: Json = {
        "name": interface.name,
        "types": dict(interface.types),
        "functions": {f.name: _func(f) for f in interface.functions},
    }
    found |= _extras(interface) | {"package": interface.package}
    if interface.clone_of is not None:
        found["clone_of"] = interface.clone_of
    return found


def _func(func: m.Func) -> Json:
    kind: Any = func.kind if not func.async_ else f"async-{func.kind}"
    if func.resource is not None:
        kind = {kind: func.resource}
    found: Json = {"name": func.name, "kind": kind, "params": [{"name": p.label, "type": _ref(p.type)} for p in func.params]}
    if func.result is not None:
        found["result"] = _ref(func.result)
    return found | _extras(func)


def _world(world: m.World) -> Json:
    return {
        "name": world.name,
        "imports": dict(_world_item(x) for x in world.imports),
        "exports": dict(_world_item(x) for x in world.exports),
        "package": world.package,
    } | _extras(world)


def _world_item(item: m.WorldItem) -> tuple[str, Json]:
    match item:
        case m.WorldInterface():
            inner: Json = {"id": item.interface} | _extras(item)
            return item.label or f"interface-{item.interface}", {"interface": inner}
        case m.WorldType():
            return item.name, {"type": item.type}
        case m.WorldFunc():
            return item.func.name, {"function": _func(item.func)}


def _typedef(typedef: m.TypeDef) -> Json:
    owner = None if typedef.owner is None else {typedef.owner.kind: typedef.owner.index}
    return {"name": typedef.name, "kind": _kind(typedef), "owner": owner} | _extras(typedef)


def _members(typedef: m.TypeDef, items: list[Json]) -> list[Json]:
    for item, member in zip(items, typedef.members, strict=False):
        if member.docs is not None:
            item["docs"] = {"contents": member.docs}
    return items


def _kind(typedef: m.TypeDef) -> Any:
    match typedef.kind:
        case m.Alias(x):
            return {"type": _ref(x)}
        case m.ResourceKind():
            return "resource"
        case t.Record(fields):
            return {"record": {"fields": _members(typedef, [{"name": f.label, "type": _ref(f.type)} for f in fields])}}
        case t.Variant(cases):
            return {"variant": {"cases": _members(typedef, [{"name": c.label, "type": _ref(c.type)} for c in cases])}}
        case t.EnumType(labels):
            return {"enum": {"cases": _members(typedef, [{"name": x} for x in labels])}}
        case t.Flags(labels):
            return {"flags": {"flags": _members(typedef, [{"name": x} for x in labels])}}
        case t.Tuple(types):
            return {"tuple": {"types": [_ref(x) for x in types]}}
        case t.List(element, None):
            return {"list": _ref(element)}
        case t.List(element, length):
            return {"fixed-length-list": [_ref(element), length]}
        case t.Option(x):
            return {"option": _ref(x)}
        case t.Result(ok, error):
            return {"result": {"ok": _ref(ok), "err": _ref(error)}}
        case t.Map(key, value):
            return {"map": [_ref(key), _ref(value)]}
        case t.Stream(x):
            return {"stream": _ref(x)}
        case t.Future(x):
            return {"future": _ref(x)}
        case t.Own(x):
            return {"handle": {"own": _ref(x)}}
        case t.Borrow(x):
            return {"handle": {"borrow": _ref(x)}}
