import { useEffect, useState } from "react";
import type { Execution, ExecutionError } from "../api/types";
import { canAskAgain, type Cell } from "../cells";
import { ScrollBox } from "../components/scroll-box";
import { formatDuration } from "../format";

export interface CellViewProps {
  readonly cell: Cell;
  readonly position: number;
  readonly onReuse: (code: string) => void;
  /** Sends the run again; undefined while another one runs. */
  readonly onAskAgain: (() => void) | undefined;
}

const SLOW_S = 2;

/** Texts for the reasons that ended a run, by the code of the API. */
const endings: Readonly<Record<string, string>> = {
  script_error: "Error",
  syntax_error: "Syntax error",
  timeout: "Time limit",
  memory_limit: "Memory limit",
  never_settled: "Promise without end",
  sandbox_crashed: "Sandbox failed",
  workspace_lost: "Workspace lost",
};

export function CellView({ cell, position, onReuse, onAskAgain }: CellViewProps) {
  const { outcome } = cell;
  const failed = outcome.kind === "failed" || (outcome.kind === "done" && outcome.execution.error !== undefined);
  return (
    <li
      className={`cell ${outcome.kind === "running" ? "cell-running" : failed ? "cell-wrong" : ""}`}
      data-testid="cell"
    >
      <div className="cell-code">
        <span className="cell-position" aria-hidden="true">
          {position}
        </span>
        <ScrollBox label={`Code of run ${position}`}>{cell.code}</ScrollBox>
        <button
          type="button"
          className="button quiet small"
          aria-label={`Edit the code of run ${position} again`}
          onClick={() => onReuse(cell.code)}
        >
          Edit
        </button>
      </div>
      {outcome.kind === "running" && <Running since={cell.startedAt} />}
      {outcome.kind === "failed" && (
        <p className="cell-failure">
          {outcome.reason}{" "}
          <span>{outcome.refused ? "The code did not run." : "It is not known whether the code ran."}</span>
          {!outcome.refused && onAskAgain && canAskAgain(cell) && (
            <>
              {" "}
              <button type="button" className="link" onClick={onAskAgain}>
                Ask again
              </button>{" "}
              <span>(it runs once at most)</span>
            </>
          )}
        </p>
      )}
      {outcome.kind === "done" && <Outcome execution={outcome.execution} position={position} />}
    </li>
  );
}

/** Shows how long the code has run, after the time that most code takes. */
function Running({ since }: { readonly since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.floor((now - since) / 1000);
  return <p className="cell-pending">Running…{seconds >= SLOW_S && ` ${seconds} s`}</p>;
}

function Outcome({ execution, position }: { readonly execution: Execution; readonly position: number }) {
  const { logs, error } = execution;
  const cut = cutText(execution);
  return (
    <>
      {execution.restarted && (
        <p className="cell-note">
          Earlier variables are gone: an update of the platform could not read them. What `state` and panels keep is
          still there.
        </p>
      )}
      {logs.length > 0 && (
        <ScrollBox as="div" className="logs" label={`Log output of run ${position}`}>
          <ul aria-label="Log output">
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
        <ScrollBox className="result" data-testid="result" label={`Result of run ${position}`}>
          {execution.display}
        </ScrollBox>
      )}
      {error && <Aftermath code={error.code} rolledBack={execution.rolledBack ?? false} />}
      <p className="cell-meta">
        <span>{error ? (endings[error.code] ?? "Error") : execution.resultType}</span>
        <span>{formatDuration(execution.durationMs)}</span>
        {cut && <span>{cut}</span>}
      </p>
    </>
  );
}

/** The parts that are not shown; undefined if everything is shown. */
function cutText({ truncated, logs, droppedLogLines = 0 }: Execution): string | undefined {
  if (droppedLogLines > 0) return `first ${logs.length} of ${logs.length + droppedLogLines} log lines`;
  return truncated ? "shortened, because all of it would be too large" : undefined;
}

/** Whether variables are as before a run that was ended, or as the run left them; the error message does not tell. */
function Aftermath({ code, rolledBack }: { readonly code: string; readonly rolledBack: boolean }) {
  if (rolledBack) return <p className="cell-note">The run was undone: all variables are as they were before it.</p>;
  if (code === "timeout") return <p className="cell-note">What the code changed until then is kept.</p>;
  if (code !== "memory_limit") return null;
  return (
    <p className="cell-note">
      What the code changed until then is kept, and takes memory. If the next run fails as well, give the largest
      variables another value first, such as null.
    </p>
  );
}

function Failure({ error, position }: { readonly error: ExecutionError; readonly position: number }) {
  return (
    <div className="error">
      <ScrollBox as="div" className="result" data-testid="result" label={`Error of run ${position}`}>
        <strong>{error.name}</strong>: {error.message}
      </ScrollBox>
      {error.stack.trim() !== "" && (
        <details>
          <summary>Stack</summary>
          <ScrollBox label={`Stack of run ${position}`}>{error.stack.trim()}</ScrollBox>
        </details>
      )}
    </div>
  );
}
