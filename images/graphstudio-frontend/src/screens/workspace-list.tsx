import { useCallback, useEffect, useState } from "react";
import { describeFailure } from "../api/problem";
import type { Account, Workspace } from "../api/types";
import { RetryNotice } from "../components/notice";
import { TopBar } from "../components/top-bar";
import { navigate } from "../router";
import { useSession } from "../session";
import { CreateDialog, DeleteDialog } from "./workspace-dialogs";
import { WorkspaceTable } from "./workspace-table";

/** How often the states are read again while the page is looked at. */
const REFRESH_MS = 15_000;

export function WorkspaceList({ account }: { readonly account: Account }) {
  const { api } = useSession();
  const [items, setItems] = useState<readonly Workspace[]>();
  const [failure, setFailure] = useState<string>();
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<Workspace>();

  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        setItems(await api.workspaces(signal));
        setFailure(undefined);
      } catch (error) {
        if (!signal?.aborted) setFailure(describeFailure(error));
      }
    },
    [api],
  );

  useEffect(() => {
    document.title = "Workspaces · Nexus Studio";
    const leaving = new AbortController();
    const loadIfSeen = () => {
      if (document.visibilityState === "visible") void load(leaving.signal);
    };
    loadIfSeen();
    const timer = setInterval(loadIfSeen, REFRESH_MS);
    document.addEventListener("visibilitychange", loadIfSeen);
    return () => {
      leaving.abort();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", loadIfSeen);
    };
  }, [load]);

  const afterDelete = () => {
    setItems((all) => all?.filter(({ id }) => id !== deleting?.id));
    setDeleting(undefined);
  };
  const newButton = (
    <button type="button" className="button primary" onClick={() => setCreating(true)}>
      <span aria-hidden="true">+</span> New workspace
    </button>
  );
  return (
    <>
      <TopBar account={account} />
      <main className="page">
        <div className="page-head">
          <div>
            <h1>Workspaces</h1>
            <p className="page-sub">{account.tenantName}</p>
          </div>
          {items && items.length > 0 && newButton}
        </div>
        {failure && <RetryNotice reason={failure} onRetry={() => void load()} />}
        {!items && !failure && <ListSkeleton />}
        {items?.length === 0 && (
          <div className="empty">
            <h2>No workspaces yet</h2>
            <p>A workspace runs your JavaScript in a sandbox of its own and keeps its variables between runs.</p>
            {newButton}
          </div>
        )}
        {items && items.length > 0 && <WorkspaceTable items={items} onDelete={setDeleting} />}
      </main>
      {creating && (
        <CreateDialog onClose={() => setCreating(false)} onCreated={({ id }) => navigate(`/workspaces/${id}`)} />
      )}
      {deleting && <DeleteDialog workspace={deleting} onClose={() => setDeleting(undefined)} onDeleted={afterDelete} />}
    </>
  );
}

function ListSkeleton() {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">Loading workspaces</span>
      <span className="skeleton-row" />
      <span className="skeleton-row" />
      <span className="skeleton-row" />
    </div>
  );
}
