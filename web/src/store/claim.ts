const TAB_KEY = "pycm.project";

/** The project this tab had before a reload. */
export function rememberedProject(): string | null {
  try {
    return sessionStorage.getItem(TAB_KEY);
  } catch {
    return null;
  }
}

export function rememberProject(id: string): void {
  try {
    sessionStorage.setItem(TAB_KEY, id);
  } catch {
    // then a reload opens the project that was saved last
  }
}

/**
 * Hold `id` for this tab until it closes, so that no two tabs write the same project. False when another tab holds it after `patience`
 * milliseconds (a reload may have to wait a moment for its own past).
 */
export function claim(id: string, patience: number): Promise<boolean> {
  if (!("locks" in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), patience);
    navigator.locks
      .request(`pycm.project.${id}`, { signal: control.signal }, () => {
        clearTimeout(timer);
        resolve(true);
        return new Promise<never>(() => undefined);
      })
      .catch(() => resolve(false));
  });
}

export function newProjectId(): string {
  return [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(36).padStart(2, "0")).join("");
}
