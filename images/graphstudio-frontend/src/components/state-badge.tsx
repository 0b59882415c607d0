import type { Workspace } from "../api/types";

const words = { running: "Running", stopped: "Stopped" } as const;

export function StateBadge({ state }: { readonly state: Workspace["state"] }) {
  return <span className={`badge badge-${state}`}>{words[state]}</span>;
}
