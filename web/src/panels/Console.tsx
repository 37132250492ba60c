import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Transcript } from "../store/transcript";
import { grouped, shortBytes } from "../text/bytes";
import { visible } from "../text/console";
import { Icon } from "../ui/Icon";
import { saveFile } from "../ui/save";

const TITLES = { stdout: undefined, stderr: "standard error", typed: "you typed this" } as const;

interface Props {
  transcript: Transcript;
  caption: string;
  ended: boolean;
  /** All it wrote to its standard output, once it has ended. */
  stdout: Uint8Array | null;
  testId: string;
  children?: JSX.Element | null;
}

/** What a command writes, as it comes. It follows the end while that is in view. */
export function Console({ transcript, caption, ended, stdout, testId, children }: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const chunks = transcript.chunks.value;
  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [chunks]);
  return (
    <>
      <div class="result-head">
        <span class="caption">{caption}</span>
        {children}
        {transcript.dropped.value ? (
          <span class="dim">{grouped(transcript.dropped.value)} earlier characters are not shown</span>
        ) : null}
        <span class="spacer" />
        {stdout ? (
          <button
            type="button"
            class="button quiet small"
            onClick={() => saveFile("stdout.txt", new Blob([stdout as BlobPart]))}
            disabled={!stdout.length}
          >
            <Icon name="download" /> stdout <span class="dim">{shortBytes(stdout.length)}</span>
          </button>
        ) : null}
      </div>
      <div
        class="console mono"
        role="log"
        aria-label={caption}
        tabIndex={0}
        data-testid={testId}
        ref={box}
        onScroll={(event) => {
          const element = event.currentTarget;
          atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 8;
        }}
      >
        {chunks.length === 0 ? <span class="dim">{ended ? "It wrote nothing." : "…"}</span> : null}
        {chunks.map((chunk) => (
          <span
            key={chunk.key}
            class={`${chunk.stream} ${chunk.style}`}
            data-stream={chunk.stream}
            title={TITLES[chunk.stream]}
          >
            {visible(chunk.text)}
          </span>
        ))}
      </div>
    </>
  );
}
