import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Pod, RolloutProblem, Workload } from "../../../api/deployment-types";
import { told } from "../../../api/problem";
import { formatAge } from "../../../format";
import { JOB_KIND } from "../../../i18n/untranslated";
import { PodLog } from "./pod-log";

export interface WorkloadsProps {
  readonly deploymentId: string;
  readonly workloads: readonly Workload[];
  /** Undefined for somebody who may only look. */
  readonly actions?: { readonly onRestart: (name: string) => void; readonly onScale: (workload: Workload) => void };
}

const SCALABLE = /^(Deployment|StatefulSet)$/;

/** Each service: how it is, what is wrong and what to do, and its pods. */
export function Workloads({ deploymentId, workloads, actions }: WorkloadsProps) {
  const { t } = useTranslation("deployments");
  const [shown, setShown] = useState<Pod>();
  return (
    <>
      <ul className="cluster-list">
        {workloads.map((workload) => {
          const { kind, name, namespace, state, desired, ready, problems, pods } = workload;
          return (
            <li className="cluster" key={`${kind} ${namespace}/${name}`} data-testid="workload">
              <div className="cluster-head">
                <h3>{name}</h3>
                <span className={`badge badge-${state}`}>{t(`rollout.${state}`)}</span>
              </div>
              <p className="entry-text">{t("podsReady", { kind, ready, desired })}</p>
              {problems.map((problem) => (
                <Problem key={`${problem.kind} ${problem.object} ${problem.reason}`} problem={problem} />
              ))}
              {pods.length > 0 && (
                <ul className="findings">
                  {pods.map((pod) => (
                    <PodEntry key={pod.name} pod={pod} onLog={() => setShown(pod)} />
                  ))}
                </ul>
              )}
              {actions && kind !== JOB_KIND && (
                <div className="actions">
                  <button
                    type="button"
                    className="button small"
                    aria-label={t("restartNamed", { name })}
                    onClick={() => actions.onRestart(name)}
                  >
                    {t("restart")}
                  </button>
                  {SCALABLE.test(kind) && (
                    <button
                      type="button"
                      className="button small"
                      aria-label={t("scaleNamed", { name })}
                      onClick={() => actions.onScale(workload)}
                    >
                      {t("scale")}
                    </button>
                  )}
                </div>
              )}
            </li>
          );
        })}
      </ul>
      {shown && <PodLog deploymentId={deploymentId} pod={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

function Problem({ problem: { object, reason, advice, lines } }: { readonly problem: RolloutProblem }) {
  const { t } = useTranslation("deployments");
  return (
    <div className="notice notice-problem" data-testid="problem">
      <p>
        <strong>{object}</strong> {reason}
      </p>
      <p>{told(advice)}</p>
      {lines && lines.length > 0 && (
        <details>
          <summary>{t("lastLines")}</summary>
          <pre className="log">{lines.join("\n")}</pre>
        </details>
      )}
    </div>
  );
}

function PodEntry({ pod, onLog }: { readonly pod: Pod; readonly onLog: () => void }) {
  const { t } = useTranslation("deployments");
  const { name, phase, node, restarts, createdAt } = pod;
  return (
    <li data-testid="pod">
      <code>{name}</code> {phase}
      <p className="entry-text">
        {createdAt !== null && formatAge(createdAt, Date.now())} {t("restarts", { count: restarts })}{" "}
        {node !== null && t("onNode", { node })}
      </p>
      {pod.containers.length > 0 && (
        <button type="button" className="button small" aria-label={t("logNamed", { name })} onClick={onLog}>
          {t("log")}
        </button>
      )}
    </li>
  );
}
