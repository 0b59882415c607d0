import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Workspace } from "../api/types";
import { useSession } from "../session";
import { useWork } from "../use-work";

export interface StopButtonProps {
  readonly workspace: Workspace;
  /** A row of a list has a short text, and tells a screen reader the name. @default false */
  readonly inRow?: boolean;
  readonly onChanged: (workspace: Workspace) => void;
}

/**
 * Stops a running workspace, or resumes one that somebody stopped: one button, so it keeps the focus. There is none for
 * an idle workspace, which the next request loads.
 */
export function StopButton({ workspace, inRow = false, onChanged }: StopButtonProps) {
  const { t } = useTranslation(["workspaces", "workspace"]);
  const { api } = useSession();
  const running = workspace.state === "running";
  const { isPending, failure, run } = useWork(async () =>
    onChanged(await (running ? api.stopWorkspace(workspace.id) : api.resumeWorkspace(workspace.id))),
  );
  if (!running && workspace.stopReason !== "requested") return null;
  const { name } = workspace;
  const label = running ? t("stopNamed", { name }) : t("resumeNamed", { name });
  const stop = inRow ? t("stop") : t("stopWorkspace");
  return (
    <>
      <button
        type="button"
        className="button quiet small"
        title={running ? t("stopText") : undefined}
        aria-label={inRow ? label : undefined}
        aria-disabled={isPending}
        onClick={run}
      >
        {running ? stop : t("workspace:resume")}
      </button>
      {failure !== undefined && (
        <p className="cell-failure" role="alert">
          {describeFailure(failure)}
        </p>
      )}
    </>
  );
}
