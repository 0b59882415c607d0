import { useTranslation } from "react-i18next";
import type { Workspace } from "../api/types";
import { Name } from "../components/name";
import { StateBadge } from "../components/state-badge";
import { StopButton } from "../components/stop-button";
import { formatAge, formatMemory, formatTime } from "../format";
import { Link } from "../router";

export interface WorkspaceTableProps {
  readonly items: readonly Workspace[];
  /** Undefined for somebody who may only look. */
  readonly acts:
    | { readonly onDelete: (workspace: Workspace) => void; readonly onChanged: (workspace: Workspace) => void }
    | undefined;
}

const COLUMNS = ["name", "state", "memory", "lastActive"] as const;

/** A table on a wide window, cards on a phone; the same rows either way. */
export function WorkspaceTable({ items, acts }: WorkspaceTableProps) {
  const { t } = useTranslation("workspaces");
  const now = Date.now();
  return (
    // The roles are explicit because the phone's layout would otherwise remove them from the table.
    <table className="workspaces" role="table">
      <caption className="visually-hidden">{t("caption")}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((title) => (
            <th scope="col" role="columnheader" key={title}>
              {t(title)}
            </th>
          ))}
          <th scope="col" role="columnheader">
            <span className="visually-hidden">{t("actions")}</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((workspace) => (
          <tr key={workspace.id} role="row" data-testid="workspace-row">
            <td role="cell" className="cell-name">
              <Link href={`/workspaces/${workspace.id}`} data-workspace={workspace.id}>
                <Name text={workspace.name} />
              </Link>
            </td>
            <td role="cell" data-label={t("state")}>
              <StateBadge state={workspace.state} />
            </td>
            <td role="cell" data-label={t("memory")} className="cell-number">
              {formatMemory(workspace)}
            </td>
            <td role="cell" data-label={t("lastActive")}>
              <time dateTime={workspace.lastActiveAt} title={formatTime(workspace.lastActiveAt)}>
                {formatAge(workspace.lastActiveAt, now)}
              </time>
            </td>
            <td role="cell" className="cell-actions">
              {acts && (
                <>
                  <StopButton workspace={workspace} inRow onChanged={acts.onChanged} />
                  <button
                    type="button"
                    className="button quiet small"
                    aria-label={t("deleteNamed", { name: workspace.name })}
                    onClick={() => acts.onDelete(workspace)}
                  >
                    {t("delete")}
                  </button>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
