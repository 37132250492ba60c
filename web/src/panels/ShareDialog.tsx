import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { COMPONENT_LIMIT, encodeLink, encodeProjectFile, LINK_LIMIT, packedSize, PLACES } from "../share/link";
import type { Store } from "../store/store";
import { exactBytes, grouped } from "../text/bytes";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/Icon";
import { saveFile } from "../ui/save";

type Made =
  | { state: "making" }
  | { state: "link"; link: string; component: number | null }
  | { state: "too-large"; why: string }
  | { state: "failed"; why: string };

/** Makes the link, says how large it is and where it fits, and offers a file instead. */
export function ShareDialog({ store }: { store: Store }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [made, setMade] = useState<Made>({ state: "making" });
  const open = store.view.sharing.value;

  useSignalEffect(() => {
    if (store.view.sharing.value) dialog.current?.showModal();
    else dialog.current?.close();
  });
  useEffect(() => {
    if (!open) return;
    setMade({ state: "making" });
    make(store).then(setMade, (error: unknown) =>
      setMade({ state: "failed", why: error instanceof Error ? error.message : String(error) }),
    );
  }, [open, store]);

  const save = async (): Promise<void> => {
    const name = (store.projects.title.value || "project").replace(/\.wasm$/, "").replace(/[^\w.-]+/g, "-");
    saveFile(`${name}.pycm`, await encodeProjectFile(await store.projects.capture("file")));
  };
  return (
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby="share-title"
      data-testid="share-dialog"
      onClose={() => (store.view.sharing.value = false)}
      onClick={(event) => {
        if (event.target === dialog.current) store.view.sharing.value = false;
      }}
    >
      <div class="dialog-body">
        <button
          type="button"
          class="button quiet icon-only corner"
          aria-label="Close"
          onClick={() => (store.view.sharing.value = false)}
        >
          <Icon name="close" />
        </button>
        <h2 id="share-title">Share</h2>
        {made.state === "making" ? <p role="status">Packing…</p> : null}
        {made.state === "link" ? <LinkPart link={made.link} component={made.component} /> : null}
        {made.state === "too-large" ? (
          <div class="card warn" role="status" data-testid="too-large">
            <h3>Too large for a link</h3>
            <p>{made.why} A file holds it: send the file, and whoever opens it here sees the same.</p>
          </div>
        ) : null}
        {made.state === "failed" ? (
          <div class="card error" role="alert">
            <p>The link could not be made: {made.why}.</p>
          </div>
        ) : null}
        <div class="row wrap dialog-foot">
          <button
            type="button"
            class={`button ${made.state === "too-large" ? "primary" : "plain"}`}
            data-testid="save-project"
            onClick={() => void save()}
          >
            <Icon name="download" /> Save as a project file
          </button>
          <span class="quiet-note">Everything is in it, whatever its size; open it like a .wasm.</span>
        </div>
      </div>
    </dialog>
  );
}

function LinkPart({ link, component }: { link: string; component: number | null }): JSX.Element {
  return (
    <>
      <p>
        The link <em>is</em> the project: WIT, {component === null ? "" : "component, "}call and settings travel in it,
        and no server sees them. Whoever opens it runs nothing until they choose to.
      </p>
      <div class="share-link">
        <input
          class="field mono"
          readOnly
          value={link}
          aria-label="Link"
          data-testid="share-link"
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton text={() => link} label="Copy the link" wordy />
      </div>
      <p class="share-size" data-testid="share-size">
        {grouped(link.length)} characters
        {component === null ? "" : `, of which the component packs to ${exactBytes(component)}`}
      </p>
      <ul class="plain places">
        {PLACES.map((place) => (
          <li key={place.name} class={link.length <= place.limit ? "fits" : "does-not"}>
            <meter min={0} max={place.limit} value={Math.min(link.length, place.limit)} aria-hidden="true" />
            <span>
              {link.length <= place.limit ? "fits" : "does not fit"} {place.name}{" "}
              <span class="dim">({grouped(place.limit)})</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

async function make(store: Store): Promise<Made> {
  const file = store.opened.file.value;
  const component = file ? await packedSize(file.blob) : null;
  if (file && component === null) {
    return {
      state: "too-large",
      why: `${file.name} has ${exactBytes(file.blob.size)} and does not pack to ${COMPONENT_LIMIT / 1024} KiB, the most a link carries.`,
    };
  }
  for (const { name, blob } of store.runs.beside.companions.value) {
    if ((await packedSize(blob)) === null) {
      const why = `${name} has ${exactBytes(blob.size)} and does not pack to ${COMPONENT_LIMIT / 1024} KiB, the most a link carries.`;
      return { state: "too-large", why };
    }
  }
  const fragment = await encodeLink(await store.projects.capture("link"));
  const link = `${location.origin}${location.pathname}#${fragment}`;
  if (link.length > LINK_LIMIT)
    return {
      state: "too-large",
      why: `The link would have ${grouped(link.length)} characters; browsers load at most about ${grouped(LINK_LIMIT)}.`,
    };
  return { state: "link", link, component };
}
