import type { CallOptions, Client, EngineStatus } from "../engine/client";
import type { Failure } from "../protocol";

/** What the store asks of the engine; tests bring their own. */
export type Engine = Pick<Client, "ready" | "call" | "ask" | "stop" | "status" | "subscribe">;
export type { CallOptions, EngineStatus };

/** Whatever was thrown, as the failure that the page shows. */
export function asFailure(error: unknown): Failure {
  if (error !== null && typeof error === "object" && "message" in error) {
    const found = error as Partial<Failure> & { name?: string };
    return {
      kind: typeof found.kind === "string" ? found.kind : (found.name ?? "Error"),
      message: String(found.message),
      where: found.where ?? null,
      hint: found.hint ?? null,
    };
  }
  return { kind: "Error", message: String(error), where: null, hint: null };
}

export function isStopped(error: unknown): boolean {
  return asFailure(error).kind === "Stopped";
}
