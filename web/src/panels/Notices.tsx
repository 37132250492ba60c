import type { JSX } from "preact";
import type { Store } from "../store/store";
import { Icon } from "../ui/Icon";

/** Short words to the visitor, with something to do about them. */
export function Notices({ store }: { store: Store }): JSX.Element {
  const { view } = store;
  return (
    <div class="notices" role="status" aria-live="polite" data-testid="notices">
      {view.notices.value.map((notice) => (
        <div key={notice.key} class={`notice ${notice.tone}`}>
          <p>
            {notice.text}
            {notice.hint ? <span class="notice-hint">{notice.hint}</span> : null}
          </p>
          {notice.act ? (
            <button
              type="button"
              class="button plain small"
              onClick={() => {
                view.dismiss(notice.key);
                notice.act?.run();
              }}
            >
              {notice.act.label}
            </button>
          ) : null}
          <button
            type="button"
            class="button quiet icon-only"
            aria-label="Dismiss"
            onClick={() => view.dismiss(notice.key)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
