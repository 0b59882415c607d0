import { useCallback, useEffect, useState } from "react";
import type { Deployment, RolloutStatus, Workload } from "../../../api/deployment-types";
import { useSession } from "../../../session";
import { type Loaded, useLoaded } from "../../../use-loaded";

const APPLYING_MS = 1_000;
const SETTLED_MS = 10_000;
const STATUS_MS = 4_000;

const isBusy = (deployment: Deployment | undefined) =>
  deployment !== undefined && ["queued", "applying"].includes(deployment.latest.state);

const onItsWay = (workload: Workload): Workload =>
  workload.state === "missing" ? { ...workload, state: "progressing" } : workload;

/**
 * A deployment and how it is in its cluster, followed while the page is visible. What is not in the cluster yet while a
 * revision is applied is on its way.
 */
export function useDeployment(id: string): {
  readonly deployment: Loaded<Deployment>;
  readonly status: Loaded<RolloutStatus>;
} {
  const { deployments } = useSession().api;
  const [busy, setBusy] = useState(true);
  const deployment = useLoaded(
    useCallback((signal?: AbortSignal) => deployments.find(id, signal), [deployments, id]),
    busy ? APPLYING_MS : SETTLED_MS,
  );
  const { value } = deployment;
  useEffect(() => setBusy(isBusy(value)), [value]);
  const status = useLoaded(
    useCallback(
      async (signal?: AbortSignal) => {
        const found = await deployments.status(id, signal);
        return busy ? { ...found, workloads: found.workloads.map(onItsWay) } : found;
      },
      [deployments, id, busy],
    ),
    STATUS_MS,
    value?.latest.state,
  );
  return { deployment, status };
}
