import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { displayName } from "../store/calls";
import type { Store } from "../store/store";
import { printWave } from "../wave/print";
import { defaultValue } from "../wave/value";

/** The guest called an import that the visitor answers. */
export function QuestionDialog({ store }: { store: Store }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const question = store.imports.question.value;
  useSignalEffect(() => {
    const asked = store.imports.question.value;
    if (asked) {
      setText(asked.item?.result ? printWave(asked.item.result, defaultValue(asked.item.result)) : "");
      if (!dialog.current?.open) dialog.current?.showModal();
    } else dialog.current?.close();
  });
  const result = question?.item ? question.item.result : undefined;
  return (
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby="question-title"
      data-testid="question"
      onCancel={(event) => {
        event.preventDefault();
        question?.refuse("the visitor refused to answer");
      }}
    >
      {question ? (
        <form
          class="dialog-body"
          onSubmit={(event) => {
            event.preventDefault();
            question.answer(result === null ? "" : text);
          }}
        >
          <h2 id="question-title">The component asks</h2>
          <p class="mono question-call">
            {question.item ? displayName(question.item) : question.func}({question.args.join(", ")})
          </p>
          <p class="dim mono">{question.func}</p>
          {result === null ? (
            <p>It expects no value, only that the call returns.</p>
          ) : (
            <label class="stack">
              <span class="field-label">Answer as WAVE{result ? `, type ${result.text}` : ""}</span>
              <textarea
                class="field mono"
                rows={3}
                spellcheck={false}
                value={text}
                data-testid="question-answer"
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </label>
          )}
          <div class="row wrap dialog-foot">
            <button type="submit" class="button primary" data-testid="question-ok">
              {result === null ? "Return" : "Answer"}
            </button>
            <button type="button" class="button plain" onClick={() => question.refuse("the visitor refused to answer")}>
              Refuse, so that it traps
            </button>
            <button type="button" class="button stop" onClick={() => void store.session.stop()}>
              Stop the call
            </button>
          </div>
        </form>
      ) : null}
    </dialog>
  );
}
