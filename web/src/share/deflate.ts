/** More came out of a stream than the reader allows. */
export class TooMuch extends Error {}

/** `bytes` through a transform, at most `limit` bytes out. Throws `TooMuch` beyond, and what the transform throws on broken input. */
async function through(
  bytes: Blob,
  transform: { readable: ReadableStream<Uint8Array>; writable: WritableStream<BufferSource> },
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = bytes
    .stream()
    .pipeThrough(transform as ReadableWritablePair<Uint8Array, Uint8Array<ArrayBuffer>>)
    .getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel().catch(() => undefined);
      throw new TooMuch();
    }
    parts.push(value);
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Raw deflate (RFC 1951); `limit` bounds the packed size in bytes. */
export function deflate(bytes: Blob, limit = Number.POSITIVE_INFINITY): Promise<Uint8Array<ArrayBuffer>> {
  return through(bytes, new CompressionStream("deflate-raw"), limit);
}

/** The inverse of `deflate`; `limit` bounds the unpacked size in bytes, so that a small text cannot fill the memory. */
export function inflate(bytes: Blob, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  return through(bytes, new DecompressionStream("deflate-raw"), limit);
}
