import { may } from "@nexus/contract";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, describeFailure } from "../api/problem";
import type { DocumentCell } from "../api/document";
import type { Account, Workspace } from "../api/types";
import type { Cell } from "../cells";
import { DocumentBar, type View } from "../components/document-bar";
import type { CodeEditorHandle } from "../components/code-editor";
import { Name } from "../components/name";
import { NothingHere } from "../components/nothing-here";
import { Notice, RetryNotice } from "../components/notice";
import { PanelList } from "../components/panel-list";
import { TopBar } from "../components/top-bar";
import { WhoMay } from "../components/who-may";
import { isolated } from "../format";
import { exampleCode, NEW_FILE } from "../i18n/untranslated";
import { Link } from "../router";
import { useSession } from "../session";
import { usePanels } from "../use-panels";
import { useRefresh } from "../use-refresh";
import { useDocument } from "../use-document";
import { useRuns } from "../use-runs";
import { type CellChanges, useCellChanges } from "../use-cell-changes";
import { graphProblems } from "../graph-problems";
import { countStale, shownCells } from "../shown-cells";
import { useTitle } from "../use-title";
import { CellView } from "./cell-view";
import { Composer } from "./composer";
import { Facts, shownState, StoppedNotice } from "./workspace-facts";

/** Somebody else may stop, delete or take the workspace over. */
const REFRESH_MS = 5_000;

/** Loaded when somebody looks at it. */
const GraphView = lazy(async () => ({ default: (await import("./graph-view")).GraphView }));

/**
 * Windows in which the page scrolls instead of the runs, as in studio.css: for example on a phone with an open
 * keyboard.
 */
const short = window.matchMedia("(max-height: 600px)");

export interface WorkspaceScreenProps {
  readonly account: Account;
  readonly workspaceId: string;
}

export function WorkspaceScreen({ account, workspaceId }: WorkspaceScreenProps) {
  const { t } = useTranslation("workspace");
  const { api } = useSession();
  const [workspace, setWorkspace] = useState<Workspace>();
  const [failure, setFailure] = useState<string>();
  const [gone, setGone] = useState(false);
  const [view, setView] = useState<View>("notebook");
  const live = useDocument(workspaceId);
  const { document: read, graph, refresh } = live;
  const changes = useCellChanges(live);
  const runs = useRuns(workspaceId, live, () => setGone(true));
  const look = () => void refresh().catch(() => undefined);
  const watched = usePanels(workspaceId, workspace?.state === "running", runs.count, look);
  const editor = useRef<CodeEditorHandle>(null);
  const end = useRef<HTMLDivElement>(null);
  const cells = shownCells(read, runs.cells);
  const stale = new Map(graph?.cells.map((cell) => [cell.id, cell.stale]));
  const problems = graphProblems(graph, cells);
  const last = cells.at(-1);

  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        const [found] = await Promise.all([api.workspace(workspaceId, signal), refresh()]);
        setWorkspace(found);
        setFailure(undefined);
      } catch (error) {
        if (signal?.aborted) return;
        // A malformed id in the address is answered as an unknown workspace.
        if (error instanceof ApiError && isGone(error)) setGone(true);
        else setFailure(describeFailure(error));
      }
    },
    [api, workspaceId, refresh],
  );

  useTitle(gone ? undefined : workspace && isolated(workspace.name));
  // State, pod and memory change with a run. A lost or ended connection means that the pod is gone or that the
  // workspace stopped.
  useRefresh(load, REFRESH_MS, `${String(runs.busy)} ${String(watched.live)}`);

  const stopped = workspace?.stopReason === "requested";
  const hasRun = last !== undefined && last.outcome.kind !== "never";
  useEffect(() => {
    if (!hasRun && !stopped) return;
    const show = () => showEnd(end.current);
    show();
    short.addEventListener("change", show);
    return () => short.removeEventListener("change", show);
  }, [hasRun, stopped]);
  // New code that this tab runs behind the other cells, and then its answer, are followed.
  const followed = last?.own && `${last.id} ${last.outcome.kind}`;
  useEffect(() => {
    if (followed) showEnd(end.current);
  }, [followed]);

  const run = async () => {
    const code = editor.current?.getText() ?? "";
    if (runs.busy || code.trim() === "") return editor.current?.focus();
    const fine = await runs.run(code, cells.at(-1)?.id ?? null);
    // Failed code stays in the field to be corrected, and so does code that was typed meanwhile.
    if (fine && editor.current?.getText() === code) editor.current.setText("");
    editor.current?.focus();
  };
  const reuse = (code: string) => {
    editor.current?.setText(code);
    editor.current?.focus();
  };

  const askAgain = (cell: Cell) => {
    runs.askAgain(cell);
    editor.current?.focus();
  };

  const remove = (cell: DocumentCell) => {
    changes.remove(cell);
    editor.current?.focus();
  };
  const onChanged = (changed: Workspace) => {
    setWorkspace(changed);
    editor.current?.focus();
  };

  const mayRun = may(account.role, "workspaces.write");
  const open = (cellId: string) => {
    setView("notebook");
    requestAnimationFrame(() => {
      const cell = document.getElementById(`cell-${cellId}`);
      cell?.focus({ preventScroll: true });
      cell?.scrollIntoView({ block: "center" });
    });
  };
  const acts = mayRun
    ? {
        onRun: (cell: DocumentCell) => void runs.runAgain(cell),
        onRemove: remove,
        onMove: changes.move,
        onAuto: changes.setAuto,
        count: cells.length,
        onWritten: look,
        onAskAgain: runs.busy ? undefined : askAgain,
      }
    : undefined;
  if (gone) return <NothingHere account={account} title={t("gone")} text={t("goneText")} />;
  return (
    <div className="studio">
      <TopBar account={account}>
        <nav aria-label={t("breadcrumb")} className="crumbs">
          <Link href="/workspaces">{t("workspaces")}</Link>
          <span aria-hidden="true">/</span>
          <h1>
            <Name text={workspace?.name ?? "…"} />
          </h1>
        </nav>
      </TopBar>
      <main className="notebook">
        <div className="facts">
          {workspace && (
            <Facts
              workspace={workspace}
              state={shownState(workspace, watched.live, failure !== undefined)}
              onStopped={mayRun ? onChanged : undefined}
            />
          )}
          <DocumentBar
            account={account}
            live={live}
            people={watched.people}
            stale={countStale(cells, graph)}
            running={read?.cells.some(({ run }) => run?.state === "running") ?? false}
            mayRun={mayRun}
            name={workspace?.name ?? workspaceId}
            view={view}
            onView={setView}
          />
        </div>
        <PanelList {...watched} />
        {view === "graph" && (
          <Suspense fallback={<p className="graph">{t("openingGraph")}</p>}>
            <GraphView cells={cells} graph={graph} onOpen={open} />
          </Suspense>
        )}
        <section
          className="history"
          hidden={view !== "notebook"}
          aria-label={t("cells")}
          tabIndex={cells.length > 0 ? 0 : undefined}
        >
          {changes.trouble !== undefined && <Notice>{changes.trouble}</Notice>}
          {changes.removed && (
            <Notice kind="info">
              {t("removed")}{" "}
              <button type="button" className="link" onClick={changes.undo}>
                {t("undo")}
              </button>
            </Notice>
          )}
          {failure && !workspace && <RetryNotice reason={failure} onRetry={() => void load()} />}
          {mayRun && read && cells.length === 0 && <NothingRun onPick={reuse} />}
          <ol>
            {cells.map((cell, index) => (
              <CellView
                key={cell.id}
                cell={cell}
                position={index + 1}
                stale={stale.get(cell.id) ?? null}
                problem={problems.get(cell.id)}
                acts={acts}
                api={live.api}
                isNew={cell.id === changes.added}
              />
            ))}
          </ol>
          {stopped && mayRun && <StoppedNotice workspaceId={workspaceId} onResumed={onChanged} />}
          {!mayRun && (
            <Notice kind="info">
              {stopped && t("stopped")} {t("watching")} <WhoMay account={account} permission="workspaces.write" />
            </Notice>
          )}
          <div ref={end} className="history-end" />
          {mayRun && read && <AddCell onAdd={changes.add} />}
        </section>
        <p className="visually-hidden" role="status" data-testid="announcement">
          {runs.said}
        </p>
        {mayRun && <Composer workspaceId={workspaceId} editor={editor} busy={runs.busy} onRun={() => void run()} />}
      </main>
    </div>
  );
}

const showEnd = (element: Element | null) => element?.scrollIntoView({ block: "end" });

/** A service of the release before does not know the path of documents; that is no answer about the workspace. */
const isGone = ({ status, code }: ApiError) => status === 400 || (status === 404 && code !== "not_found");

function AddCell({ onAdd }: { readonly onAdd: CellChanges["add"] }) {
  const { t } = useTranslation("workspace");
  return (
    <p className="add-cell">
      <button type="button" className="button quiet small" onClick={() => onAdd("markdown", "")}>
        {t("addText")}
      </button>
      <button type="button" className="button quiet small" onClick={() => onAdd("code", NEW_FILE)}>
        {t("addFile")}
      </button>
    </p>
  );
}

function NothingRun({ onPick }: { readonly onPick: (code: string) => void }) {
  const { t } = useTranslation("workspace");
  return (
    <div className="empty">
      <h2>{t("nothingRun")}</h2>
      <p>{t("nothingRunText")}</p>
      <ul className="examples">
        {exampleCode.map((code) => (
          <li key={code}>
            <button type="button" className="example" onClick={() => onPick(code)}>
              {code}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
