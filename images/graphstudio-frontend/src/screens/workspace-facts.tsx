import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Workspace } from "../api/types";
import { Notice } from "../components/notice";
import { type ShownState, StateBadge } from "../components/state-badge";
import { formatMemory } from "../format";
import { useSession } from "../session";

/** Without this button the studio could not resume what was stopped through the API. */
export function StoppedNotice({
  workspaceId,
  onResumed,
}: {
  readonly workspaceId: string;
  readonly onResumed: (workspace: Workspace) => void;
}) {
  const { t } = useTranslation("workspace");
  const { api } = useSession();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<string>();
  const resume = () => {
    if (pending) return;
    setPending(true);
    setFailure(undefined);
    api
      .resumeWorkspace(workspaceId)
      .then(onResumed)
      .catch((error: unknown) => {
        setFailure(describeFailure(error));
        setPending(false);
      });
  };
  return (
    <Notice kind={failure ? "problem" : "info"}>
      {failure ?? t("stopped")}{" "}
      <button type="button" className="link" onClick={resume}>
        {pending ? t("resuming") : t("resume")}
      </button>
    </Notice>
  );
}

export function shownState({ state }: Workspace, live: boolean | undefined, failed: boolean): ShownState {
  if (failed) return "unknown";
  return state === "running" && live === false ? "reconnecting" : state;
}

export function Facts({ workspace, state }: { readonly workspace: Workspace; readonly state: ShownState }) {
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
