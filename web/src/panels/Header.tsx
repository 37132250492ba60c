import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Store } from "../store/store";
import type { Theme } from "../store/view";
import { Icon, Mark } from "../ui/Icon";
import { OpenButton } from "../ui/OpenButton";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** The name, and what one does with the whole page. */
export function Header({ store }: { store: Store }): JSX.Element {
  const { view, projects, session } = store;
  const theme = view.theme.value;
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  return (
    <header class="header">
      <h1 class="brand">
        <Mark />
        <span class="brand-name">PyCM</span>
        <span class="brand-words from-medium">Component Model bench</span>
      </h1>
      <span class="spacer" />
      <Projects store={store} />
      <button type="button" class="button plain" data-testid="share" onClick={() => (view.sharing.value = true)}>
        <Icon name="share" />
        <span class="from-narrow">Share</span>
        <span class="aloud until-narrow">Share</span>
      </button>
      <OpenButton store={store} look="primary" testId="open" />
      <button
        type="button"
        class="button quiet icon-only"
        data-testid="theme"
        aria-label={`Colours: ${theme}. Change to ${next}`}
        title={`Colours: ${theme}`}
        onClick={() => (view.theme.value = next)}
      >
        <Icon name={theme} />
      </button>
      <span class="aloud" aria-live="polite">
        {session.busy.value ? "" : projects.title.value}
      </span>
    </header>
  );
}

/** New project, and the ones this browser keeps. */
function Projects({ store }: { store: Store }): JSX.Element {
  const [open, setOpen] = useState(false);
  const [recent, setRecent] = useState<{ id: string; title: string; savedAt: number }[]>([]);
  const box = useRef<HTMLDivElement>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    void store.projects.recent().then(setRecent);
    const away = (event: Event): void => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("focusin", away);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("focusin", away);
    };
  }, [open, store]);
  const pick = (act: () => void): void => {
    setOpen(false);
    toggle.current?.focus();
    act();
  };
  return (
    <div
      class="menu-box"
      ref={box}
      onKeyDown={(event) => {
        if (event.key === "Escape" && open) pick(() => undefined);
      }}
    >
      <button
        type="button"
        ref={toggle}
        class="button plain"
        data-testid="projects"
        aria-expanded={open}
        aria-controls="projects-menu"
        onClick={() => setOpen(!open)}
      >
        <Icon name="projects" />
        <span class="project-title from-narrow">{store.projects.title.value}</span>
        <span class="aloud">, projects</span>
      </button>
      <div class="menu" id="projects-menu" hidden={!open}>
        <button
          type="button"
          class="menu-item"
          data-testid="new"
          disabled={store.session.busy.value}
          onClick={() => pick(() => void store.projects.renew())}
        >
          <Icon name="fresh" /> New project
        </button>
        <p class="menu-caption">Kept in this browser</p>
        {recent.length ? (
          recent.map((one) => (
            <button
              key={one.id}
              type="button"
              class="menu-item"
              disabled={store.session.busy.value}
              onClick={() => pick(() => void store.projects.bringBack(one.id))}
            >
              <span class="menu-title">{one.title}</span>
              <span class="dim">{when(one.savedAt)}</span>
            </button>
          ))
        ) : (
          <p class="quiet-note menu-note">No other project yet. A new one never deletes the one before.</p>
        )}
        <OfflineItems store={store} done={() => pick(() => undefined)} />
      </div>
    </div>
  );
}

/** Whether the page works without a network, and the way out when what was kept is broken. */
function OfflineItems({ store, done }: { store: Store; done: () => void }): JSX.Element {
  const { state, done: files, total } = store.offline.site.value;
  const words = {
    unknown: "Not kept yet.",
    keeping: `Being kept: ${files} of ${total} files.`,
    kept: "Kept: this page works with the network off.",
    none: "Not kept: this page needs the network.",
  }[state];
  return (
    <>
      <p class="menu-caption">Without a network</p>
      <p class="quiet-note menu-note" role="status" data-testid="offline">
        {words}
      </p>
      {state === "kept" ? (
        <button
          type="button"
          class="menu-item"
          data-testid="reset-offline"
          onClick={() => {
            done();
            void store.offline.reset();
          }}
        >
          <Icon name="close" /> Reset offline data
        </button>
      ) : null}
    </>
  );
}

function when(time: number): string {
  const date = new Date(time);
  const today = new Date().toDateString() === date.toDateString();
  return today
    ? date.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString("en", { day: "numeric", month: "short" });
}
