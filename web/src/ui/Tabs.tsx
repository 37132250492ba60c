import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";

export interface TabItem<Id extends string> {
  id: Id;
  title: string;
  badge?: { text: string; means: string; tone?: "plain" | "error" } | null;
}

interface TabsProps<Id extends string> {
  /** Names the tab list, and makes the ids. */
  name: string;
  label: string;
  tabs: readonly TabItem<Id>[];
  selected: Id;
  onSelect: (id: Id) => void;
  children: ComponentChildren;
  class?: string;
}

/** Tabs as the ARIA practices have them: arrow keys move and select, one tab stop, the panel follows. */
export function Tabs<Id extends string>({
  name,
  label,
  tabs,
  selected,
  onSelect,
  children,
  class: extra,
}: TabsProps<Id>): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex((tab) => tab.id === selected);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    const tab = tabs[(to + tabs.length) % tabs.length];
    if (!tab) return;
    event.preventDefault();
    onSelect(tab.id);
    list.current?.querySelector<HTMLElement>(`#${name}-tab-${tab.id}`)?.focus();
  };
  return (
    <div class={`tabs ${extra ?? ""}`}>
      <div class="tab-list" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            class="tab"
            id={`${name}-tab-${tab.id}`}
            data-testid={`tab-${tab.id}`}
            aria-selected={tab.id === selected}
            aria-controls={`${name}-panel`}
            tabIndex={tab.id === selected ? 0 : -1}
            onClick={() => onSelect(tab.id)}
          >
            {tab.title}
            {tab.badge ? (
              <span class={`badge ${tab.badge.tone ?? "plain"}`}>
                <span aria-hidden="true">{tab.badge.text}</span>
                <span class="aloud">, {tab.badge.means}</span>
              </span>
            ) : null}
          </button>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id={`${name}-panel`} aria-labelledby={`${name}-tab-${selected}`}>
        {children}
      </div>
    </div>
  );
}
