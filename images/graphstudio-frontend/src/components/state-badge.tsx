import type { Workspace } from "../api/types";

const words = {
  running: "Running",
  stopped: "Stopped",
  /** Its pod does not answer, and another pod will take the workspace over. */
  reconnecting: "Reconnecting…",
  /** No pod that would know answers. */
  unknown: "Not reachable",
} as const;

export type ShownState = keyof typeof words & (Workspace["state"] | "reconnecting" | "unknown");

export function StateBadge({ state }: { readonly state: ShownState }) {
  return <span className={`badge badge-${state}`}>{words[state]}</span>;
}
