import type { Workspace } from "../api/types";
import { StateBadge } from "../components/state-badge";
import { formatAge, formatMemory } from "../format";
import { Link } from "../router";

export interface WorkspaceTableProps {
  readonly items: readonly Workspace[];
  readonly onDelete: (workspace: Workspace) => void;
}

/** A table on a wide window, cards on a phone; the same rows either way. */
export function WorkspaceTable({ items, onDelete }: WorkspaceTableProps) {
  const now = Date.now();
  return (
    // The roles are explicit because the phone's layout would otherwise remove them from the table.
    <table className="workspaces" role="table">
      <caption className="visually-hidden">Your workspaces</caption>
      <thead role="rowgroup">
        <tr role="row">
          {["Name", "State", "Memory", "Last active"].map((title) => (
            <th scope="col" role="columnheader" key={title}>
              {title}
            </th>
          ))}
          <th scope="col" role="columnheader">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((workspace) => (
          <tr key={workspace.id} role="row" data-testid="workspace-row">
            <td role="cell" className="cell-name">
              <Link href={`/workspaces/${workspace.id}`} data-workspace={workspace.id}>
                <bdi>{workspace.name}</bdi>
              </Link>
            </td>
            <td role="cell" data-label="State">
              <StateBadge state={workspace.state} />
            </td>
            <td role="cell" data-label="Memory" className="cell-number">
              {formatMemory(workspace)}
            </td>
            <td role="cell" data-label="Last active">
              <time dateTime={workspace.lastActiveAt} title={new Date(workspace.lastActiveAt).toLocaleString()}>
                {formatAge(workspace.lastActiveAt, now)}
              </time>
            </td>
            <td role="cell" className="cell-actions">
              <button
                type="button"
                className="button quiet"
                aria-label={`Delete ${workspace.name}`}
                onClick={() => onDelete(workspace)}
              >
                Delete
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
