import type { ComponentChildren, JSX } from "preact";
import { isError, type Editor } from "../store/editor";
import { counted } from "../text/bytes";
import { Icon } from "../ui/Icon";

interface FileBarProps {
  editor: Editor;
  add: () => void;
  rename: () => void;
  remove: () => void;
  children: ComponentChildren;
}

/** The texts of the project, and what can be done with them. */
export function FileBar({ editor, add, rename, remove, children }: FileBarProps): JSX.Element {
  const names = editor.names.value;
  const shown = editor.builtIn.value ? null : editor.current.value;
  return (
    <div class="file-bar">
      <nav class="file-names" aria-label="WIT files" data-testid="files">
        <ul class="plain">
          {names.map((name) => {
            const problems = editor.diagnostics.value[name]?.filter(isError).length ?? 0;
            return (
              <li key={name}>
                <button
                  type="button"
                  class="file-name"
                  aria-current={name === shown ? "true" : undefined}
                  onClick={() => editor.show(name)}
                >
                  {name}
                  {problems ? (
                    <span class="badge error">
                      <span aria-hidden="true">{problems}</span>
                      <span class="aloud">, {counted(problems, "problem")}</span>
                    </span>
                  ) : null}
                </button>
              </li>
            );
          })}
        </ul>
      </nav>
      <div class="file-does">
        <button
          type="button"
          class="button quiet small icon-only"
          title="Add a file"
          data-testid="file-add"
          onClick={add}
        >
          <Icon name="fresh" />
          <span class="aloud">Add a file</span>
        </button>
        <button
          type="button"
          class="button quiet small icon-only"
          title={`Rename or move ${editor.current.value}`}
          data-testid="file-rename"
          onClick={rename}
        >
          <Icon name="edit" />
          <span class="aloud">Rename or move {editor.current.value}</span>
        </button>
        <button
          type="button"
          class="button quiet small icon-only"
          title={`Delete ${editor.current.value}`}
          data-testid="file-delete"
          disabled={names.length === 1}
          onClick={remove}
        >
          <Icon name="close" />
          <span class="aloud">Delete {editor.current.value}</span>
        </button>
        {children}
      </div>
    </div>
  );
}
