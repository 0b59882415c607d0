import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Workspace } from "../api/types";
import { Notice } from "../components/notice";
import { type ShownState, StateBadge } from "../components/state-badge";
import { StopButton } from "../components/stop-button";
import { formatMemory } from "../format";
import { useSession } from "../session";
import { useWork } from "../use-work";

/** Somebody stopped the workspace: it runs again only when it is resumed. */
export function StoppedNotice({
  workspaceId,
  onResumed,
}: {
  readonly workspaceId: string;
  readonly onResumed: (workspace: Workspace) => void;
}) {
  const { t } = useTranslation("workspace");
  const { api } = useSession();
  const { isPending, failure, run } = useWork(async () => onResumed(await api.resumeWorkspace(workspaceId)));
  return (
    <Notice kind={failure ? "problem" : "info"}>
      {failure ? describeFailure(failure) : t("stopped")}{" "}
      <button type="button" className="link" onClick={run}>
        {isPending ? t("resuming") : t("resume")}
      </button>
    </Notice>
  );
}

export function shownState({ state }: Workspace, live: boolean | undefined, failed: boolean): ShownState {
  if (failed) return "unknown";
  return state === "running" && live === false ? "reconnecting" : state;
}

export interface FactsProps {
  readonly workspace: Workspace;
  readonly state: ShownState;
  /** Undefined for somebody who may not stop it. */
  readonly onStopped: ((workspace: Workspace) => void) | undefined;
}

export function Facts({ workspace, state, onStopped }: FactsProps) {
  const { t } = useTranslation("workspace");
  const { api } = useSession();
  const [limit, setLimit] = useState<number>();
  useEffect(() => {
    // Without the limit only the used memory is shown.
    void api.memoryLimit().then(setLimit, () => undefined);
  }, [api]);
  return (
    <dl>
      <div>
        <dt className="visually-hidden">{t("state")}</dt>
        <dd>
          <StateBadge state={state} />
        </dd>
        {onStopped && state === "running" && (
          <dd>
            <StopButton workspace={workspace} onChanged={onStopped} />
          </dd>
        )}
      </div>
      <div>
        <dt>{t("memory")}</dt>
        <dd>{formatMemory(workspace, limit)}</dd>
      </div>
      {/* A pod that does not answer may be gone. */}
      {state === "running" && workspace.ownerPod && (
        <div className="fact-pod">
          <dt>{t("pod")}</dt>
          <dd className="cell-mono">{workspace.ownerPod}</dd>
        </div>
      )}
    </dl>
  );
}
