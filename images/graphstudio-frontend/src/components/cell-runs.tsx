import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CellRun, DocumentApi, DocumentCell } from "../api/document";
import { describeFailure } from "../api/problem";
import { formatDuration, formatTime } from "../format";
import { ScrollBox } from "./scroll-box";

export interface CellRunsProps {
  readonly api: DocumentApi;
  readonly cell: DocumentCell;
  readonly position: number;
}

/** The runs of a cell that are kept, read when somebody asks for them. */
export function CellRuns({ api, cell, position }: CellRunsProps) {
  const { t } = useTranslation("workspace");
  const [runs, setRuns] = useState<readonly CellRun[]>();
  const [failure, setFailure] = useState<string>();
  const [isOpen, setIsOpen] = useState(false);
  const toggle = (opens: boolean) => {
    setIsOpen(opens);
    if (!opens) return;
    setFailure(undefined);
    api.runs(cell.id).then(setRuns, (error: unknown) => setFailure(describeFailure(error)));
  };
  return (
    <details className="cell-runs" onToggle={({ currentTarget }) => toggle(currentTarget.open)}>
      <summary aria-label={t("runsOfCell", { position })}>{t("runs")}</summary>
      {failure !== undefined && <p className="cell-failure">{failure}</p>}
      {isOpen && !runs && failure === undefined && <p className="cell-meta">{t("loadingRuns")}</p>}
      <ol>
        {runs?.map((run) => (
          <li key={run.id}>
            <p className="cell-meta">
              <time dateTime={run.startedAt}>{formatTime(run.startedAt)}</time>
              <span>{t(run.failed ? "runFailed" : `runStates.${run.state}`)}</span>
              {run.execution && <span>{formatDuration(run.execution.durationMs)}</span>}
              {run.cellVersion !== cell.version && <span>{t("ofEarlierCode")}</span>}
            </p>
            {run.execution && <ScrollBox label={t("resultOfRun", { position })}>{run.execution.display}</ScrollBox>}
          </li>
        ))}
      </ol>
    </details>
  );
}
