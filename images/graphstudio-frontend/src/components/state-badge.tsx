import type { Workspace } from "../api/types";

const words = {
  running: "Running",
  stopped: "Stopped",
  /** Its pod does not answer, and another one is about to take it. */
  reconnecting: "Reconnecting…",
  /** Nobody answers that would know. */
  unknown: "Not reachable",
} as const;

export type ShownState = keyof typeof words & (Workspace["state"] | "reconnecting" | "unknown");

export function StateBadge({ state }: { readonly state: ShownState }) {
  return <span className={`badge badge-${state}`}>{words[state]}</span>;
}
