import { type ReactNode, useEffect, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { type DocumentApi, isRunnable, type StaleReason } from "../api/document";
import type { Execution, ExecutionError } from "../api/types";
import { canAskAgain } from "../cells";
import { AutoMark } from "../components/auto-mark";
import { type CellActs, CellButtons } from "../components/cell-acts";
import { CellEditor } from "../components/cell-editor";
import { CellRuns } from "../components/cell-runs";
import { MarkdownText } from "../components/markdown-text";
import { Name } from "../components/name";
import { PlanHint } from "../components/plan-hint";
import { ScrollBox } from "../components/scroll-box";
import { formatDuration } from "../format";
import { i18n } from "../i18n";
import { ShownValue } from "../results/shown-value";
import { en } from "../i18n/en";
import type { ShownCell } from "../shown-cells";

export interface CellViewProps {
  readonly cell: ShownCell;
  readonly position: number;
  /** Why the cell is to run again. */
  readonly stale: StaleReason | null;
  /** What is wrong with its names, for a person. */
  readonly problem: string | undefined;
  /** Undefined for somebody who may not run code. */
  readonly acts: CellActs | undefined;
  readonly api: DocumentApi;
  /** Somebody has just added it here, to write it. */
  readonly isNew: boolean;
}

const SLOW_S = 2;

/** The reasons that ended a run, by the code of the API. */
const isEnding = (code: string): code is keyof typeof en.workspace.endings => Object.hasOwn(en.workspace.endings, code);

export function CellView({ cell, position, stale, problem, acts, api, isNew }: CellViewProps) {
  const { t } = useTranslation("workspace");
  const [editing, setEditing] = useState(isNew);
  const { outcome, saved, own } = cell;
  const failed = outcome.kind === "failed" || (outcome.kind === "done" && outcome.execution.error !== undefined);
  // Another run is another list.
  const runs = saved?.run && <CellRuns key={saved.run.id} api={api} cell={saved} position={position} />;
  return (
    <li
      className={`cell ${outcome.kind === "running" ? "cell-running" : failed ? "cell-wrong" : ""}`}
      id={`cell-${cell.id}`}
      tabIndex={-1}
      data-testid="cell"
      onKeyDown={(event) => {
        const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : undefined;
        if (!acts || !saved || by === undefined || !event.altKey || editing) return;
        event.preventDefault();
        acts.onMove(saved, by);
      }}
    >
      <div className="cell-code">
        <div className="cell-position">
          <span aria-hidden="true">{position}</span>
          {saved?.auto && isRunnable(saved) && <AutoMark />}
        </div>
        {editing && acts && saved ? (
          <CellEditor
            api={api}
            onWritten={acts.onWritten}
            onRun={acts.onRun}
            cell={saved}
            position={position}
            onClose={() => setEditing(false)}
          />
        ) : (
          <div className="cell-body">
            {saved && saved.title !== "" && (
              <h2 className="cell-title">
                <Name text={saved.title} />
              </h2>
            )}
            {saved?.kind === "markdown" ? (
              <MarkdownText label={t("textOfCell", { position })} text={cell.code} />
            ) : (
              <ScrollBox label={t("codeOfRun", { position })}>{cell.code}</ScrollBox>
            )}
          </div>
        )}
        {acts && saved && (
          <CellButtons
            cell={saved}
            position={position}
            acts={acts}
            isRunning={outcome.kind === "running"}
            onEdit={editing ? undefined : () => setEditing(true)}
          />
        )}
      </div>
      {(stale === "changed" || stale === "input") && outcome.kind !== "running" && (
        <p className="cell-note cell-stale">{t(`stale.${stale}`)}</p>
      )}
      {problem && <p className="cell-note">{problem}</p>}
      {outcome.kind === "running" && <Running since={cell.startedAt} />}
      {(outcome.kind === "never" || outcome.kind === "interrupted" || outcome.kind === "forgotten") &&
        saved &&
        isRunnable(saved) && <p className="cell-meta">{t(`unrun.${outcome.kind}`)}</p>}
      {saved?.kind === "code" && !isRunnable(saved) && (
        <p className="cell-meta">
          <Trans t={t} i18nKey="isFile" components={{ name: <Name text={saved.title} /> }} />
        </p>
      )}
      {outcome.kind === "failed" && (
        <p className="cell-failure">
          {outcome.reason} <span>{outcome.refused ? t("notRun") : t("maybeRun")}</span>{" "}
          {outcome.isLimit && <PlanHint />}
          {!outcome.refused && acts?.onAskAgain && own && canAskAgain(own) && (
            <>
              {" "}
              <button type="button" className="link" onClick={() => acts.onAskAgain?.(own)}>
                {t("askAgain")}
              </button>{" "}
              <span>{t("onceAtMost")}</span>
            </>
          )}
        </p>
      )}
      {outcome.kind === "done" ? <Outcome execution={outcome.execution} position={position} runs={runs} /> : runs}
    </li>
  );
}

/** Shows how long the code has run, after the time that most code takes. */
function Running({ since }: { readonly since: number }) {
  const { t } = useTranslation("workspace");
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.floor((now - since) / 1000);
  return <p className="cell-pending">{seconds < SLOW_S ? t("running") : t("runningFor", { seconds })}</p>;
}

interface OutcomeProps {
  readonly execution: Execution;
  readonly position: number;
  /** The runs of the cell, in the last line. */
  readonly runs: ReactNode;
}

function Outcome({ execution, position, runs }: OutcomeProps) {
  const { t } = useTranslation("workspace");
  const { logs, error } = execution;
  const cut = cutText(execution);
  return (
    <>
      {execution.restarted && <p className="cell-note">{t("restarted")}</p>}
      {logs.length > 0 && (
        <ScrollBox as="div" className="logs" label={t("logsOfRun", { position })}>
          <ul aria-label={t("logs")}>
            {logs.map(({ level, message }, index) => (
              <li key={index} className={`log log-${level}`}>
                <span className="log-level">{level}</span>
                <span className="log-message">{message}</span>
              </li>
            ))}
          </ul>
        </ScrollBox>
      )}
      {error ? (
        <Failure error={error} position={position} />
      ) : (
        <ShownValue value={execution.result} label={t("resultOfRun", { position })}>
          <ScrollBox className="result" data-testid="result" label={t("resultOfRun", { position })}>
            {execution.display}
          </ScrollBox>
        </ShownValue>
      )}
      {error && <Aftermath code={error.code} rolledBack={execution.rolledBack ?? false} />}
      <div className="cell-foot">
        <p className="cell-meta">
          <span>
            {error ? t(`endings.${isEnding(error.code) ? error.code : "script_error"}`) : execution.resultType}
          </span>
          <span>{formatDuration(execution.durationMs)}</span>
          {cut && <span>{cut}</span>}
        </p>
        {runs}
      </div>
    </>
  );
}

/** The parts that are not shown; undefined if everything is shown. */
function cutText({ truncated, logs, droppedLogLines = 0 }: Execution): string | undefined {
  if (droppedLogLines > 0) {
    return i18n.t("workspace:shownLogs", { shown: logs.length, count: logs.length + droppedLogLines });
  }
  return truncated ? i18n.t("workspace:shortened") : undefined;
}

/** Whether variables are as before a run that was ended, or as the run left them; the error message does not tell. */
function Aftermath({ code, rolledBack }: { readonly code: string; readonly rolledBack: boolean }) {
  const { t } = useTranslation("workspace");
  if (rolledBack) return <p className="cell-note">{t("undone")}</p>;
  if (code === "timeout") return <p className="cell-note">{t("kept")}</p>;
  return code === "memory_limit" ? <p className="cell-note">{t("keptInMemory")}</p> : null;
}

function Failure({ error, position }: { readonly error: ExecutionError; readonly position: number }) {
  const { t } = useTranslation("workspace");
  return (
    <div className="error">
      <ScrollBox as="div" className="result" data-testid="result" label={t("errorOfRun", { position })}>
        <strong>{error.name}</strong>: {error.message}
      </ScrollBox>
      {error.stack.trim() !== "" && (
        <details>
          <summary>{t("stack")}</summary>
          <ScrollBox label={t("stackOfRun", { position })}>{error.stack.trim()}</ScrollBox>
        </details>
      )}
    </div>
  );
}
