import { may } from "@nexus/contract";
import { useCallback, useEffect, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Account, Workspace } from "../api/types";
import { Name } from "../components/name";
import { Notice, RetryNotice } from "../components/notice";
import { TopBar } from "../components/top-bar";
import { WhoMay } from "../components/who-may";
import { Link, navigate } from "../router";
import { useSession } from "../session";
import { plainName } from "../unseen";
import { useRefresh } from "../use-refresh";
import { useTitle } from "../use-title";
import { arrange, isOrder, type Order, orderNames } from "../workspace-order";
import { ExampleList } from "./example-list";
import { CreateDialog, DeleteDialog } from "./workspace-dialogs";
import { WorkspaceTable } from "./workspace-table";

/** How often the states are loaded again while the page is visible. */
const REFRESH_MS = 15_000;

export function WorkspaceList({ account }: { readonly account: Account }) {
  const { t } = useTranslation("workspaces");
  const { api } = useSession();
  const [items, setItems] = useState<readonly Workspace[]>();
  const [failure, setFailure] = useState<string>();
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<Workspace>();
  const [deleted, setDeleted] = useState<{ readonly name: string; readonly next: string | undefined }>();
  const [search, setSearch] = useState("");
  const [order, setOrder] = useState<Order>("newest");
  const page = useRef<HTMLElement>(null);
  const creator = useRef<HTMLButtonElement>(null);

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

  useRefresh(load, REFRESH_MS);
  useTitle(t("title"));

  const shown = arrange(items ?? [], search, order);
  const afterDelete = () => {
    const index = shown.findIndex(({ id }) => id === deleting?.id);
    setDeleted({ name: deleting?.name ?? "", next: (shown[index + 1] ?? shown[index - 1])?.id });
    setItems((all) => all?.filter(({ id }) => id !== deleting?.id));
    setDeleting(undefined);
  };
  // The focused button was removed with its row.
  useEffect(() => {
    if (!deleted) return;
    const next = page.current?.querySelector<HTMLElement>(`[data-workspace="${deleted.next ?? ""}"]`);
    (next ?? creator.current)?.focus();
  }, [deleted]);
  const onChanged = (changed: Workspace) =>
    setItems((all) => all?.map((each) => (each.id === changed.id ? changed : each)));
  const open = ({ id }: Workspace) => navigate(`/workspaces/${id}`);
  const mayChange = may(account.role, "workspaces.write");
  const newButton = mayChange && (
    <button ref={creator} type="button" className="button primary" onClick={() => setCreating(true)}>
      <span aria-hidden="true">+</span> {t("newWorkspace")}
    </button>
  );
  return (
    <>
      <TopBar account={account} />
      <main className="page" ref={page}>
        <div className="page-head">
          <div>
            <h1>{t("title")}</h1>
            <p className="page-sub">
              <Name text={account.tenantName} />
            </p>
          </div>
          {items && items.length > 0 && newButton}
        </div>
        {failure && <RetryNotice reason={failure} onRetry={() => void load()} />}
        {!items && !failure && <ListSkeleton />}
        {items?.length === 0 && (
          <div className="empty">
            <h2>{t("none")}</h2>
            {mayChange ? <p>{t("noneText")}</p> : <NoneToSee account={account} />}
            {newButton}
            {mayChange && <ExampleList onCreated={open} />}
          </div>
        )}
        {items && items.length > 0 && (
          <>
            <div className="list-tools">
              <input
                type="search"
                aria-label={t("findByName")}
                placeholder={t("findByName")}
                value={search}
                onChange={({ target }) => setSearch(target.value)}
              />
              <select
                aria-label={t("sort")}
                value={order}
                onChange={({ target }) => isOrder(target.value) && setOrder(target.value)}
              >
                {orderNames.map((name) => (
                  <option key={name} value={name}>
                    {t(`orders.${name}`)}
                  </option>
                ))}
              </select>
            </div>
            {shown.length > 0 && (
              <WorkspaceTable items={shown} acts={mayChange ? { onDelete: setDeleting, onChanged } : undefined} />
            )}
            {!mayChange && (
              <Notice kind="info">
                <WhoMay account={account} permission="workspaces.write" />
              </Notice>
            )}
          </>
        )}
        <p className="list-found" role="status">
          {items && items.length > 0 && shown.length === 0 && (
            <Trans t={t} i18nKey="notFound" components={{ search: <Name text={search.trim()} /> }} />
          )}
        </p>
        <p className="visually-hidden" role="status">
          {deleted && t("deleted", { name: plainName(deleted.name) })}
        </p>
      </main>
      {creating && <CreateDialog onClose={() => setCreating(false)} onCreated={open} />}
      {deleting && <DeleteDialog workspace={deleting} onClose={() => setDeleting(undefined)} onDeleted={afterDelete} />}
    </>
  );
}

/** For somebody who may not make a workspace. */
function NoneToSee({ account }: { readonly account: Account }) {
  const { t } = useTranslation(["workspaces", "common"]);
  const { state } = useSession();
  const hasMembers = state.phase === "member" && state.entrance === "account";
  return (
    <>
      <p>
        {t("noneToSeeText")} <WhoMay account={account} permission="workspaces.write" />
      </p>
      {hasMembers && (
        <Link className="button" href="/members">
          {t("common:seeWho")}
        </Link>
      )}
    </>
  );
}

function ListSkeleton() {
  const { t } = useTranslation("workspaces");
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{t("loading")}</span>
      <span className="skeleton-row" />
      <span className="skeleton-row" />
      <span className="skeleton-row" />
    </div>
  );
}
