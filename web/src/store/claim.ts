const TAB_KEY = "pycm.project";

/** Which project is whose: a tab holds what it writes until it closes, so that no two tabs write the same project. */
export class Claims {
  private readonly held = new Set<string>();

  /** The project this tab had before a reload. */
  get remembered(): string | null {
    try {
      return sessionStorage.getItem(TAB_KEY);
    } catch {
      return null;
    }
  }

  /** Have this tab come back to `id` after a reload. */
  remember(id: string): void {
    try {
      sessionStorage.setItem(TAB_KEY, id);
    } catch {
      // then a reload opens the project that was saved last
    }
  }

  /**
   * Hold `id` for this tab. False when another tab holds it, also after `patience` milliseconds: a reload may have to wait a moment for
   * its own past.
   */
  async hold(id: string, patience = 0): Promise<boolean> {
    if (this.held.has(id) || !("locks" in navigator)) return true;
    const got = await new Promise<boolean>((resolve) => {
      const keep = (lock: Lock | null): Promise<void> => {
        resolve(lock !== null);
        return lock ? new Promise<never>(() => undefined) : Promise.resolve();
      };
      const options = patience > 0 ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
      navigator.locks.request(`pycm.project.${id}`, options, keep).catch(() => resolve(false));
    });
    if (got) this.held.add(id);
    return got;
  }
}

export function newProjectId(): string {
  return [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(36).padStart(2, "0")).join("");
}
