import { useEffect, useState } from "react";
import type { ExecutionError } from "../api/types";
import { canAskAgain, type Cell } from "../cells";
import { formatDuration } from "../format";

export interface CellViewProps {
  readonly cell: Cell;
  readonly position: number;
  readonly onReuse: (code: string) => void;
  /** Sends the run again; undefined while another one runs. */
  readonly onAskAgain: (() => void) | undefined;
}

const SLOW_S = 2;

const restartWords: Readonly<Record<string, string>> = {
  taken_over: "Another pod took the workspace over",
  workspace_lost: "The sandbox of the workspace was lost",
  sandbox_reset: "The sandbox was replaced after the last run",
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
        <pre>{cell.code}</pre>
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
      {outcome.kind === "done" && <Outcome execution={outcome.execution} />}
    </li>
  );
}

/** Says for how long, once that is longer than most code takes. */
function Running({ since }: { readonly since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.floor((now - since) / 1000);
  return <p className="cell-pending">Running…{seconds >= SLOW_S && ` ${seconds} s`}</p>;
}

function Outcome({ execution }: { readonly execution: Extract<Cell["outcome"], { kind: "done" }>["execution"] }) {
  const { logs, error } = execution;
  return (
    <>
      {execution.restarted && execution.restartReason && (
        <p className="cell-note">
          {restartWords[execution.restartReason] ?? "The workspace was restarted"}; earlier variables are gone.
        </p>
      )}
      {logs.length > 0 && (
        <ul className="logs" aria-label="Log output">
          {logs.map(({ level, message }, index) => (
            <li key={index} className={`log log-${level}`}>
              <span className="log-level">{level}</span>
              <span className="log-message">{message}</span>
            </li>
          ))}
        </ul>
      )}
      {error ? (
        <Failure error={error} />
      ) : (
        <pre className="result" data-testid="result">
          {execution.display}
        </pre>
      )}
      <p className="cell-meta">
        {error ? <code data-testid="error-code">{error.code}</code> : <span>{execution.resultType}</span>}
        <span>{formatDuration(execution.durationMs)}</span>
        {execution.truncated && <span>cut because of its size</span>}
      </p>
    </>
  );
}

function Failure({ error }: { readonly error: ExecutionError }) {
  return (
    <div className="error">
      <p className="result" data-testid="result">
        <strong>{error.name}</strong>: {error.message}
      </p>
      {error.stack.trim() !== "" && (
        <details>
          <summary>Stack</summary>
          <pre>{error.stack.trim()}</pre>
        </details>
      )}
    </div>
  );
}
