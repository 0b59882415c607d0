import type { StreamEntry } from "../sandbox/messages";
import type { StopReason } from "../store/workspace-store";

/** Somebody who looks at a workspace. */
export interface Person {
  readonly userId: string;
  readonly email: string;
}

/** Events of a workspace that this pod holds; only durable changes, except live texts. */
export type WorkspaceEvent =
  | { readonly type: "entries"; readonly entries: readonly StreamEntry[] }
  /** What a panel shows while an execution runs; null when that is over. */
  | {
      readonly type: "live";
      readonly panel: string;
      readonly value: { readonly text: string; readonly done: false } | null;
    }
  /** All panels were replaced. */
  | { readonly type: "reset" }
  /** The document has this version now. */
  | { readonly type: "document"; readonly version: number }
  | { readonly type: "presence"; readonly people: readonly Person[] }
  | { readonly type: "idle_warning"; readonly unloadInMs: number }
  /** This pod no longer holds it. */
  | { readonly type: "stopped"; readonly reason: StopReason | "lease_lost" | "deleted" };

export type WorkspaceListener = (event: WorkspaceEvent) => void;

/** Delivers events of workspaces to listeners on this pod. */
export class WorkspaceHub {
  private readonly listeners = new Map<string, Set<WorkspaceListener>>();

  /** Returns the function that stops it. */
  subscribe(id: string, listener: WorkspaceListener): () => void {
    const listeners = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(id) === listeners) this.listeners.delete(id);
    };
  }

  publish(id: string, event: WorkspaceEvent): void {
    for (const listener of this.listeners.get(id) ?? []) listener(event);
  }
}
