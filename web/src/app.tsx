import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { callPanel, whole } from "./panels/CallPanel";
import { componentPanel } from "./panels/ComponentPanel";
import { editorPanel } from "./panels/EditorPanel";
import { GrantsDialog } from "./panels/GrantsDialog";
import { Header } from "./panels/Header";
import { importsPanel } from "./panels/ImportsPanel";
import { Notices } from "./panels/Notices";
import { QuestionDialog } from "./panels/QuestionDialog";
import { ShareDialog } from "./panels/ShareDialog";
import { StatusLine } from "./panels/StatusLine";
import { tracePanel } from "./panels/TracePanel";
import { droppedFiles } from "./ui/dropped";
import type { Store } from "./store/store";
import { CALL_SHARE, SPLIT, type Side, type Tab } from "./store/view";
import type { Panel } from "./ui/panel";
import { Splitter } from "./ui/Splitter";
import { Tabs } from "./ui/Tabs";

const LEFT: readonly Panel[] = [editorPanel, componentPanel, importsPanel];
const ALL: readonly Panel[] = [...LEFT, callPanel, tracePanel];

/** The frame: header, panels side by side or one at a time, status line. */
export function App({ store }: { store: Store }): JSX.Element {
  useDrop(store);
  const { view } = store;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the panels
      </a>
      <Header store={store} />
      <main id="main" class="main" tabIndex={-1}>
        {view.wide.value ? <Wide store={store} /> : <Narrow store={store} />}
      </main>
      <StatusLine store={store} />
      <Notices store={store} />
      <ShareDialog store={store} />
      <QuestionDialog store={store} />
      <GrantsDialog store={store} />
      {view.dragging.value ? (
        <div class="drop" aria-hidden="true">
          <p>Drop a component, a project file or a WIT text</p>
        </div>
      ) : null}
    </>
  );
}

function tabsOf<Id extends Tab>(
  panels: readonly Panel[],
  store: Store,
): { id: Id; title: string; badge: ReturnType<NonNullable<Panel["badge"]>> }[] {
  return panels.map((panel) => ({ id: panel.id as Id, title: panel.title, badge: panel.badge?.(store) ?? null }));
}

function Wide({ store }: { store: Store }): JSX.Element {
  const { view } = store;
  const panel = LEFT.find((one) => one.id === view.side.value) ?? editorPanel;
  return (
    <div class="wide" style={{ "--split": `${view.split.value}%` }}>
      <Tabs<Side>
        name="left"
        label="Source"
        tabs={tabsOf<Side>(LEFT, store)}
        selected={view.side.value}
        onSelect={(id) => view.show(id)}
        class="left"
      >
        <panel.View key={panel.id} store={store} />
      </Tabs>
      <Splitter
        share={view.split}
        start={SPLIT}
        least={25}
        most={70}
        label="Width of the left column"
        line="vertical"
      />
      <div
        class={view.callShare.value === null ? "right" : "right moved"}
        style={{ "--call-share": `${view.callShare.value ?? CALL_SHARE}%` }}
      >
        <callPanel.View store={store} />
        {store.opened.shown.value &&
        !(whole(store) && !store.calls.func.value) &&
        store.opened.shown.value.kind === "component" ? (
          <>
            <Splitter
              share={view.callShare}
              start={CALL_SHARE}
              least={20}
              most={75}
              label="Height of the call, above its trace"
              line="horizontal"
            />
            <tracePanel.View store={store} />
          </>
        ) : null}
      </div>
    </div>
  );
}

function Narrow({ store }: { store: Store }): JSX.Element {
  const { view } = store;
  const panel = ALL.find((one) => one.id === view.tab.value) ?? editorPanel;
  return (
    <Tabs<Tab>
      name="all"
      label="Panels"
      tabs={tabsOf<Tab>(ALL, store)}
      selected={view.tab.value}
      onSelect={(id) => view.show(id)}
      class="narrow"
    >
      <panel.View key={panel.id} store={store} />
    </Tabs>
  );
}

/** Files may be dropped anywhere. */
function useDrop(store: Store): void {
  useEffect(() => {
    const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      store.view.dragging.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) store.view.dragging.value = false;
    };
    const drop = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      store.view.dragging.value = false;
      if (event.dataTransfer) void droppedFiles(event.dataTransfer).then((files) => store.takeDropped(files));
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, [store]);
}
