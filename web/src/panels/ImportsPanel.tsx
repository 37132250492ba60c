import type { JSX } from "preact";
import type { FuncItem, InterfaceItem } from "../protocol";
import type { AnswerMode } from "../share/container";
import { displayName } from "../store/calls";
import type { Store } from "../store/store";
import { counted } from "../text/bytes";
import { Choice } from "../ui/Choice";
import type { Panel, PanelProps } from "../ui/panel";
import { printWave } from "../wave/print";
import { defaultValue } from "../wave/value";
import { Signature } from "./ComponentPanel";

function View({ store }: PanelProps): JSX.Element {
  const shown = store.opened.shown.value;
  const imports = shown?.imports ?? [];
  const wasi = imports.filter((item) => item.answered === "wasi");
  const open = imports.filter((item) => item.answered !== "wasi");
  return (
    <section class="imports" aria-label="Imports" data-testid="imports-panel">
      {!shown ? (
        <p class="empty">Open a component to see what it needs, and who answers.</p>
      ) : imports.length === 0 ? (
        <p class="empty">This component imports nothing. It needs nobody but itself.</p>
      ) : (
        <>
          <p class="intro">
            A component reaches the outside only through these functions. Nothing here reaches beyond this tab.
          </p>
          {open.length ? (
            <>
              <h2 class="caption">Yours to answer</h2>
              <p class="quiet-note">What nobody answers traps when it is called, and says its name.</p>
              {open.map((item) => (
                <Needed key={item.name} item={item} store={store} />
              ))}
            </>
          ) : null}
          {wasi.length ? (
            <>
              <h2 class="caption">Answered by the virtual machine</h2>
              <p class="quiet-note">
                A WASI machine inside this page: its own clock, its own random numbers, files in memory.
              </p>
              <ul class="plain import-names">
                {wasi.map((item) => (
                  <li key={item.name}>
                    <span class="mono">{item.name}</span>
                    <span class="answered wasi">
                      {item.funcs.length ? counted(item.funcs.length, "function") : "types only"}
                    </span>
                  </li>
                ))}
              </ul>
            </>
          ) : null}
        </>
      )}
    </section>
  );
}

function Needed({ item, store }: { item: InterfaceItem; store: Store }): JSX.Element {
  return (
    <div class="needed">
      {item.name ? <h3 class="interface-name mono">{item.name}</h3> : null}
      {item.funcs.length === 0 ? (
        <p class="quiet-note">Only types: nothing to answer.</p>
      ) : (
        item.funcs.map((func) => <Answering key={func.path} func={func} store={store} />)
      )}
    </div>
  );
}

const MODES: readonly { value: AnswerMode; text: string; title: string }[] = [
  { value: "nobody", text: "Nobody", title: "The call traps and names this import" },
  { value: "typed", text: "Written", title: "Answers you wrote or recorded, in order; the last one repeats" },
  { value: "ask", text: "Ask me", title: "The call waits for you; what you answer is recorded" },
];

function Answering({ func, store }: { func: FuncItem; store: Store }): JSX.Element {
  const { imports } = store;
  const answer = imports.answers.value[func.path];
  const mode = answer?.mode ?? "nobody";
  const setMode = (next: AnswerMode): void => {
    imports.setMode(func.path, next);
    if (next === "typed" && func.result && !answer?.texts.length)
      imports.setTexts(func.path, [printWave(func.result, defaultValue(func.result))]);
  };
  return (
    <div class="answering" data-testid={`import-${func.path}`}>
      <div class="row">
        <span class="func-name">{displayName(func)}</span>
        <Signature func={func} />
      </div>
      <Choice
        label={`Who answers ${displayName(func)}`}
        name={`answer-${func.path}`}
        value={mode}
        options={MODES}
        onChange={setMode}
        testId={`answer-${func.path}`}
      />
      {mode === "typed" && func.result ? (
        <label class="stack">
          <span class="field-label">Answers as WAVE, one on each line, in order; the last one repeats</span>
          <textarea
            class="field mono"
            rows={Math.max(2, Math.min(8, answer?.texts.length ?? 1))}
            spellcheck={false}
            value={(answer?.texts ?? []).join("\n")}
            data-testid={`answers-${func.path}`}
            onInput={(event) => imports.setTexts(func.path, event.currentTarget.value.split("\n"))}
          />
          <span class="range">type {func.result.text}</span>
        </label>
      ) : null}
      {mode === "typed" && !func.result ? <p class="quiet-note">It returns nothing; the call just goes on.</p> : null}
      {mode === "ask" && answer?.texts.length ? (
        <p class="quiet-note">{counted(answer.texts.length, "answer")} recorded; “Written” plays them back.</p>
      ) : null}
    </div>
  );
}

/** Who answers what the component imports. */
export const importsPanel: Panel = {
  id: "imports",
  title: "Imports",
  badge: ({ opened, imports }) => {
    if (!opened.shown.value) return null;
    const open = imports.functions.value.length - imports.answered.value.length;
    return open > 0 ? { text: String(open), means: `${counted(open, "function")} that nobody answers` } : null;
  },
  View,
};
