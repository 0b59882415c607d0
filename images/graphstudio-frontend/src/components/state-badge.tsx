import { useTranslation } from "react-i18next";
import type { Workspace } from "../api/types";

/**
 * `reconnecting`: its pod does not answer, and another pod will take the workspace over. `unknown`: no pod that would
 * know answers.
 */
export type ShownState = Workspace["state"] | "reconnecting" | "unknown";

export function StateBadge({ state }: { readonly state: ShownState }) {
  const { t } = useTranslation("workspaces");
  return <span className={`badge badge-${state}`}>{t(`states.${state}`)}</span>;
}
