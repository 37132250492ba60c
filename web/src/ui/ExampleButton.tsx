import type { JSX } from "preact";
import type { Store } from "../store/store";

interface ExampleButtonProps {
  store: Store;
  look: "primary" | "plain";
  testId: string;
}

/** The button goes away with what it was for; whoever pressed it by keyboard goes on from the panels. */
function keepFocus(): void {
  if (document.activeElement === document.body) document.getElementById("main")?.focus();
}

/** Opens the component that comes with the page. */
export function ExampleButton({ store, look, testId }: ExampleButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class={`button ${look}`}
      data-testid={testId}
      disabled={store.session.busy.value}
      onClick={() => void store.openExample().then(keepFocus)}
    >
      <span>
        Try the example, <code>bench.wasm</code>
      </span>
    </button>
  );
}
