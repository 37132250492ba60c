import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Store } from "../store/store";
import { Icon } from "./Icon";

interface OpenButtonProps {
  store: Store;
  look: "primary" | "plain";
  testId: string;
}

/** Opens a `.wasm`, a project file or a WIT text. The real file input stands beside it, so that tests and screen readers find it. */
export function OpenButton({ store, look, testId }: OpenButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class={`button ${look}`}
        data-testid={testId}
        disabled={store.session.busy.value}
        onClick={() => input.current?.click()}
      >
        <Icon name="open" />
        <span>
          Open <span class="from-narrow">a </span>
          <code class="from-narrow">.wasm</code>
        </span>
      </button>
      <input
        ref={input}
        class="gone"
        type="file"
        accept=".wasm,.pycm,.wit,application/wasm"
        tabIndex={-1}
        aria-label="File to open"
        data-testid={`${testId}-file`}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) void store.openFile(file);
        }}
      />
    </>
  );
}
