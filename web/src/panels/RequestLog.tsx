import type { JSX } from "preact";
import type { HttpExchange } from "../protocol";
import type { Requests, SentRequest } from "../store/requests";
import type { Store } from "../store/store";
import { counted, exactBytes } from "../text/bytes";
import { Words } from "../ui/Words";

/** The requests a run sent, and what came of each; what was denied, too. */
export function RequestLog({
  store,
  requests,
  recorded = [],
}: {
  store: Store;
  requests: Requests;
  recorded?: readonly HttpExchange[];
}): JSX.Element | null {
  const { session, grants } = store;
  const all = requests.all.value;
  if (!all.length) return null;
  return (
    <section class="request-log" aria-label="HTTP requests" data-testid="request-log">
      <div class="result-head">
        <span class="caption">Its requests</span>
        <span class="dim">{counted(all.length, "request")}</span>
        <span class="spacer" />
        {recorded.length && !session.busy.value && grants.http.value === "allow" ? (
          <button
            type="button"
            class="button quiet small"
            data-testid="replay"
            title="The next runs get these answers, and nothing is sent; a link carries them"
            onClick={() => grants.replay(recorded)}
          >
            Play these answers back
          </button>
        ) : null}
      </div>
      <ol class="plain">
        {all.map((one) => (
          <li key={one.number} class={one.failed ? "failed" : ""}>
            <span class="mono request-target">
              {one.method} {one.url}
            </span>
            <span class="request-outcome">{outcome(one)}</span>
            {one.failed ? (
              <p class="request-words">
                <Words text={one.failed} />
                {/CORS/.test(one.failed) ? (
                  <span class="hint">
                    CORS: a browser shows a page another host's answer only when that host says so, with the field
                    access-control-allow-origin. Ask who runs the host, or play back an answer recorded elsewhere.
                  </span>
                ) : null}
              </p>
            ) : null}
            {one.notes.map((note) => (
              <p key={note} class="request-words">
                <Words text={note} />
              </p>
            ))}
          </li>
        ))}
      </ol>
    </section>
  );
}

function outcome({ failed, status, size }: SentRequest): string {
  if (failed) return status === null ? "× failed" : `${status}, × broke off`;
  if (status === null) return "waiting…";
  return size === null ? `${status}, arriving…` : `${status}, ${exactBytes(size)}`;
}
