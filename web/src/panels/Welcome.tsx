import type { JSX } from "preact";
import type { Store } from "../store/store";
import { ExampleButton } from "../ui/ExampleButton";
import { OpenButton } from "../ui/OpenButton";

/** The right side before anything is open: what to do next. */
export function Welcome({ store }: { store: Store }): JSX.Element {
  return (
    <div class="welcome" data-testid="welcome">
      <h2>
        Call a component.
        <br />
        Watch every byte.
      </h2>
      <p class="lead">
        PyCM is the WebAssembly Component Model in pure Python, in this tab. Open a component, fill in a form made from
        its types, call it, and follow each value through the canonical ABI, step by step.
      </p>
      <div class="row wrap">
        <ExampleButton store={store} look="primary" testId="open-example" />
        <OpenButton store={store} look="plain" testId="open-welcome" />
      </div>
      <p class="quiet-note">
        The example is made from the WIT in the editor: a record, a variant, flags, a resource, and a function that
        traps. Files you open never leave this browser.
      </p>
    </div>
  );
}
