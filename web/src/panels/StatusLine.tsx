import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Progress } from "../protocol";
import type { Task } from "../store/session";
import type { Store } from "../store/store";
import { grouped, shortBytes } from "../text/bytes";
import { Icon } from "../ui/Icon";

/** What the engine does: starting, ready, at work (with Stop), or broken. */
export function StatusLine({ store }: { store: Store }): JSX.Element {
  const { session, projects } = store;
  const task = session.task.value;
  const hello = session.hello.value;
  const status = session.status.value;
  return (
    <footer class="status" data-testid="status">
      {task ? (
        <Busy task={task} stop={() => void session.stop()} starting={hello === null} />
      ) : session.broken.value || status.state === "failed" ? (
        <span class="status-words bad" role="alert">
          The engine did not start.{" "}
          <button type="button" class="link" data-testid="reload" onClick={() => location.reload()}>
            Reload
          </button>{" "}
          {session.broken.value?.replace(/^the engine did not start: /, "")}
        </span>
      ) : status.state === "booting" || !hello ? (
        <>
          <span class="lamp starting" aria-hidden="true" />
          <span class="status-words" role="status" data-testid="boot">
            Python is starting{status.progress ? `: ${status.progress.stage}` : ""}
          </span>
          {status.progress ? <Meter progress={status.progress} /> : null}
          <span class="dim from-medium">the editor works already</span>
        </>
      ) : (
        <>
          <span class="lamp ready" aria-hidden="true" />
          <span class="status-words" role="status" data-testid="ready">
            Ready
          </span>
          <span class="dim from-medium">
            PyCM {hello.version} on Python {hello.python}, from {hello.boot === "snapshot" ? "a snapshot" : "scratch"}
          </span>
        </>
      )}
      <span class="spacer" />
      <span class="dim kept" data-testid="kept">
        {projects.kept.value === "off"
          ? "not kept: this browser refuses"
          : projects.kept.value === "saving"
            ? "keeping…"
            : "kept in this browser"}
      </span>
    </footer>
  );
}

function Meter({ progress }: { progress: Progress }): JSX.Element {
  const { done, total, unit } = progress;
  const amount =
    unit === "bytes"
      ? total
        ? `${shortBytes(done)} of ${shortBytes(total)}`
        : shortBytes(done)
      : total
        ? `${grouped(done)} of ${grouped(total)}`
        : done
          ? grouped(done)
          : "";
  return (
    <span class="meter">
      {total ? <progress max={total} value={Math.min(done, total)} aria-label={progress.stage} /> : null}
      <span class="dim mono">{amount}</span>
    </span>
  );
}

function Busy({ task, stop, starting }: { task: Task; stop: () => void; starting: boolean }): JSX.Element {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, (now - task.startedAt) / 1000);
  return (
    <>
      <span class="lamp busy" aria-hidden="true" />
      <span class="status-words" role="status" data-testid="busy">
        {task.stopping ? "Stopping" : task.label}
        {task.progress ? (
          <span class="dim">: {task.progress.stage}</span>
        ) : starting ? (
          <span class="dim"> once Python is ready</span>
        ) : null}
      </span>
      {task.progress ? <Meter progress={task.progress} /> : null}
      <span class="mono dim">{seconds.toFixed(1)} s</span>
      <button type="button" class="button stop small" data-testid="stop" disabled={task.stopping} onClick={stop}>
        <Icon name="stop" /> Stop
      </button>
    </>
  );
}
