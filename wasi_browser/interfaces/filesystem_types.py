"""wasi:filesystem/types: a descriptor is what a file system has open, an error code the name of a POSIX one.

Choices where the text leaves room. A directory opened below another is as mutable as that one, whatever `open-at` was given:
programs built for preview 1 ask for nothing and create files in it. `create` and `truncate` need the same right as `write`, and
give it. What a link leads to gets no second name: hard links are made of links themselves only, `symlink-follow` is `invalid`.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from typing import Any

from pycm_core.abi.values import Err, Ok, RecordValue, VariantValue
from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.clock import SECOND
from wasi_browser.interfaces.answers import OK, close, provide
from wasi_browser.interfaces.clocks_wall_clock import datetime
from wasi_browser.interfaces.io_error import ERROR
from wasi_browser.interfaces.io_streams import INPUT_STREAM, OUTPUT_STREAM
from wasi_browser.machine import Machine
from wasi_browser.streams import Sink, Source
from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.open import OFFSET_MAX, Kind, Open, Stat

DESCRIPTOR = HostResource("descriptor", close)
DIRECTORY_ENTRY_STREAM = HostResource("directory-entry-stream")

CODES = {
    errno.EACCES: "access",
    errno.EAGAIN: "would-block",
    errno.EALREADY: "already",
    errno.EBADF: "bad-descriptor",
    errno.EBUSY: "busy",
    errno.EDEADLK: "deadlock",
    errno.EDQUOT: "quota",
    errno.EEXIST: "exist",
    errno.EFBIG: "file-too-large",
    errno.EILSEQ: "illegal-byte-sequence",
    errno.EINPROGRESS: "in-progress",
    errno.EINTR: "interrupted",
    errno.EINVAL: "invalid",
    errno.EIO: "io",
    errno.EISDIR: "is-directory",
    errno.ELOOP: "loop",
    errno.EMLINK: "too-many-links",
    errno.EMSGSIZE: "message-size",
    errno.ENAMETOOLONG: "name-too-long",
    errno.ENODEV: "no-device",
    errno.ENOENT: "no-entry",
    errno.ENOLCK: "no-lock",
    errno.ENOMEM: "insufficient-memory",
    errno.ENOSPC: "insufficient-space",
    errno.ENOSYS: "unsupported",
    errno.ENOTDIR: "not-directory",
    errno.ENOTEMPTY: "not-empty",
    errno.ENOTSUP: "unsupported",
    errno.ENOTTY: "no-tty",
    errno.ENXIO: "no-such-device",
    errno.EOVERFLOW: "overflow",
    errno.EPERM: "not-permitted",
    errno.EPIPE: "pipe",
    errno.EROFS: "read-only",
    errno.ESPIPE: "invalid-seek",
    errno.ETXTBSY: "text-file-busy",
    errno.EXDEV: "cross-device",
}
"""By POSIX number; what is not here is `io`."""
SYNCHRONOUS = frozenset({"file-integrity-sync", "data-integrity-sync", "requested-write-sync"})


def code(error: FileError) -> str:
    """The WASI name of a failure."""
    return CODES.get(error.errno, "io")


def answering(operation: Callable[..., Any]) -> Callable[..., Ok | Err]:
    """`operation`, its value as `Ok`, its failure as `Err`."""

    def answer(*arguments: Any) -> Ok | Err:
        try:
            value = operation(*arguments)
        except FileError as error:
            return Err(code(error))
        return OK if value is None else Ok(value)

    return answer


def read_via_stream(handle: Open, offset: int) -> Source:
    """`descriptor.read-via-stream`"""
    return handle.source(offset)


def write_via_stream(handle: Open, offset: int) -> Sink:
    """`descriptor.write-via-stream`"""
    return handle.sink(offset)


def append_via_stream(handle: Open) -> Sink:
    """`descriptor.append-via-stream`"""
    return handle.sink(None)


def advise(handle: Open, offset: int, length: int, advice: str) -> None:
    """Memory needs no advice; the arguments are checked all the same."""
    if handle.kind is Kind.DIRECTORY:
        raise FileError(errno.EBADF)
    if offset + length > OFFSET_MAX:
        raise FileError(errno.EINVAL)


def sync(handle: Open) -> None:
    """`descriptor.sync`"""
    handle.sync(content_only=False)


def sync_data(handle: Open) -> None:
    """`descriptor.sync-data`"""
    handle.sync(content_only=True)


def get_flags(handle: Open) -> frozenset[str]:
    """`descriptor.get-flags`"""
    mutable = handle.mutable and handle.kind is Kind.DIRECTORY
    given = (("read", handle.readable), ("write", handle.writable), ("mutate-directory", mutable))
    return frozenset(flag for flag, present in given if present) | handle.synchronous


def get_type(handle: Open) -> str:
    """`descriptor.get-type`"""
    return handle.kind.value


def set_size(handle: Open, size: int) -> None:
    """`descriptor.set-size`"""
    handle.set_size(size)


def read(handle: Open, length: int, offset: int) -> Ok | Err:
    """`descriptor.read`"""
    try:
        return Ok(handle.read(length, offset))
    except FileError as error:
        return Err(code(error))


def write(handle: Open, buffer: bytes, offset: int) -> Ok | Err:
    """`descriptor.write`"""
    try:
        return Ok(handle.write(buffer, offset))
    except FileError as error:
        return Err(code(error))


def read_directory(handle: Open) -> Iterator[RecordValue]:
    """The entries as they are now, by name."""
    return iter([RecordValue(type=kind.value, name=name) for name, kind in handle.entries()])


def read_directory_entry(entries: Iterator[RecordValue]) -> Ok:
    """`directory-entry-stream.read-directory-entry`"""
    return Ok(next(entries, None))


def descriptor_stat(stat: Stat) -> RecordValue:
    """`descriptor-stat`"""
    return RecordValue(
        type=stat.kind.value,
        link_count=stat.links,
        size=stat.size,
        data_access_timestamp=datetime(stat.accessed),
        data_modification_timestamp=datetime(stat.modified),
        status_change_timestamp=datetime(stat.changed),
    )


def follows(path_flags: frozenset[str]) -> bool:
    """Whether a link at the end of a path is followed."""
    return "symlink-follow" in path_flags


def stat(handle: Open) -> RecordValue:
    """`descriptor.stat`"""
    return descriptor_stat(handle.stat())


def stat_at(handle: Open, path_flags: frozenset[str], path: str) -> RecordValue:
    """`descriptor.stat-at`"""
    return descriptor_stat(handle.stat_at(path, follows(path_flags)))


def moment(handle: Open, new: VariantValue) -> int | None:
    """A `new-timestamp` in nanoseconds since 1970; `None` for no change."""
    match new.tag:
        case "no-change":
            return None
        case "now":
            return handle.now()
        case _:
            if new.value.nanoseconds >= SECOND:
                raise FileError(errno.EINVAL)
            if new.value.seconds > OFFSET_MAX:  # `time_t` is as large as `off_t`
                raise FileError(errno.EOVERFLOW)
            return int(new.value.seconds) * SECOND + int(new.value.nanoseconds)


def set_times(handle: Open, accessed: VariantValue, modified: VariantValue) -> None:
    """`descriptor.set-times`"""
    handle.set_times(moment(handle, accessed), moment(handle, modified))


def set_times_at(handle: Open, path_flags: frozenset[str], path: str, accessed: VariantValue, modified: VariantValue) -> None:
    """`descriptor.set-times-at`"""
    handle.set_times_at(path, follows(path_flags), moment(handle, accessed), moment(handle, modified))


def create_directory_at(handle: Open, path: str) -> None:
    """`descriptor.create-directory-at`"""
    handle.make_directory_at(path)


def link_at(handle: Open, path_flags: frozenset[str], old_path: str, new_handle: Open, new_path: str) -> None:
    """`descriptor.link-at`"""
    if follows(path_flags):
        raise FileError(errno.EINVAL)
    handle.link_at(old_path, False, new_handle, new_path)


def open_at(handle: Open, path_flags: frozenset[str], path: str, open_flags: frozenset[str], flags: frozenset[str]) -> Open:
    """`descriptor.open-at`"""
    if "mutate-directory" in flags and not handle.mutable:
        raise FileError(errno.EROFS)
    return handle.open_at(
        path,
        follow=follows(path_flags),
        create="create" in open_flags,
        directory="directory" in open_flags,
        exclusive="exclusive" in open_flags,
        truncate="truncate" in open_flags,
        readable="read" in flags or "write" not in flags,
        writable="write" in flags,
        synchronous=SYNCHRONOUS & flags,
    )


def readlink_at(handle: Open, path: str) -> str:
    """`descriptor.readlink-at`"""
    return handle.read_link_at(path)


def remove_directory_at(handle: Open, path: str) -> None:
    """`descriptor.remove-directory-at`"""
    handle.remove_directory_at(path)


def rename_at(handle: Open, old_path: str, new_handle: Open, new_path: str) -> None:
    """`descriptor.rename-at`"""
    handle.rename_at(old_path, new_handle, new_path)


def symlink_at(handle: Open, old_path: str, new_path: str) -> None:
    """`descriptor.symlink-at`"""
    handle.make_link_at(old_path, new_path)


def unlink_file_at(handle: Open, path: str) -> None:
    """`descriptor.unlink-file-at`"""
    handle.unlink_at(path)


def is_same_object(handle: Open, other: Open) -> bool:
    """`descriptor.is-same-object`"""
    return handle.same(other)


def hash_of(stat: Stat) -> RecordValue:
    """A scrambled identity: equal for all names of a node, and while it lives. Preview 1 programs see `lower` as the inode."""
    device, inode = stat.identity
    return RecordValue(lower=scramble(inode), upper=scramble(scramble(inode) ^ device))


def scramble(number: int) -> int:
    """A bijection of 64-bit numbers without visible order (the finaliser of SplitMix64)."""
    mask = (1 << 64) - 1
    number = (number + 0x9E3779B97F4A7C15) & mask
    number = ((number ^ number >> 30) * 0xBF58476D1CE4E5B9) & mask
    number = ((number ^ number >> 27) * 0x94D049BB133111EB) & mask
    return number ^ number >> 31


def metadata_hash(handle: Open) -> RecordValue:
    """`descriptor.metadata-hash`"""
    return hash_of(handle.stat())


def metadata_hash_at(handle: Open, path_flags: frozenset[str], path: str) -> RecordValue:
    """`descriptor.metadata-hash-at`"""
    return hash_of(handle.stat_at(path, follows(path_flags)))


def filesystem_error_code(error: Exception) -> str | None:
    """`filesystem-error-code`: the code of an error that came from a file."""
    return code(error) if isinstance(error, FileError) else None


def filesystem_types(machine: Machine) -> HostInterface:
    """wasi:filesystem/types"""
    return provide(
        "wasi:filesystem/types",
        {
            "[method]descriptor.read-via-stream": answering(read_via_stream),
            "[method]descriptor.write-via-stream": answering(write_via_stream),
            "[method]descriptor.append-via-stream": answering(append_via_stream),
            "[method]descriptor.advise": answering(advise),
            "[method]descriptor.sync-data": answering(sync_data),
            "[method]descriptor.get-flags": answering(get_flags),
            "[method]descriptor.get-type": answering(get_type),
            "[method]descriptor.set-size": answering(set_size),
            "[method]descriptor.set-times": answering(set_times),
            "[method]descriptor.read": read,
            "[method]descriptor.write": write,
            "[method]descriptor.read-directory": answering(read_directory),
            "[method]descriptor.sync": answering(sync),
            "[method]descriptor.create-directory-at": answering(create_directory_at),
            "[method]descriptor.stat": answering(stat),
            "[method]descriptor.stat-at": answering(stat_at),
            "[method]descriptor.set-times-at": answering(set_times_at),
            "[method]descriptor.link-at": answering(link_at),
            "[method]descriptor.open-at": answering(open_at),
            "[method]descriptor.readlink-at": answering(readlink_at),
            "[method]descriptor.remove-directory-at": answering(remove_directory_at),
            "[method]descriptor.rename-at": answering(rename_at),
            "[method]descriptor.symlink-at": answering(symlink_at),
            "[method]descriptor.unlink-file-at": answering(unlink_file_at),
            "[method]descriptor.is-same-object": is_same_object,
            "[method]descriptor.metadata-hash": answering(metadata_hash),
            "[method]descriptor.metadata-hash-at": answering(metadata_hash_at),
            "[method]directory-entry-stream.read-directory-entry": read_directory_entry,
            "filesystem-error-code": filesystem_error_code,
        },
        DESCRIPTOR,
        DIRECTORY_ENTRY_STREAM,
        INPUT_STREAM,
        OUTPUT_STREAM,
        ERROR,
    )
