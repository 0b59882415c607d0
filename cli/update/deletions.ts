import { createReporter, reportStep, waitFor } from "@nexus/host";
import { kubectlList } from "../kubectl";
import type { Metadata } from "../kubernetes-types";
import type { Session } from "../session";

const SECONDS = 180;
/** Kinds whose deletion takes time. Pods are left out, because every rollout deletes some. */
const KINDS = "deployments,statefulsets,jobs,services,persistentvolumeclaims,horizontalpodautoscalers";

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: Metadata;
}

/**
 * Waits for the deletions that an interrupted update had begun. Without this, Pulumi would find objects that are
 * deleted a moment later.
 * @throws Error that names the objects that remain after three minutes
 */
export async function awaitDeletions(session: Session): Promise<void> {
  const selector = `kubernetes.io/metadata.name=${session.settings.namespace}`;
  const work = () =>
    waitFor("The end of deletions", SECONDS, async () => {
      const objects = [
        ...(await kubectlList<KubernetesObject>(session, "namespaces", selector)),
        ...(await kubectlList<KubernetesObject>(session, KINDS)),
      ];
      const ending = objects.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
      if (ending.length === 0) return true;
      throw new Error(ending.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", "));
    });
  await reportStep(createReporter(), "deletions", "Deletions that an earlier update had begun", work);
}
