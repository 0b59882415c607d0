import { Trans, useTranslation } from "react-i18next";
import type { Deployment } from "../../../api/deployment-types";
import { describeFailure } from "../../../api/problem";
import { Name } from "../../../components/name";
import { Notice } from "../../../components/notice";
import { Skeleton } from "../../../components/skeleton";
import { navigate } from "../../../router";
import { RevisionProgress } from "../deployments/revision-progress";
import { useDeployment } from "../deployments/use-deployment";
import { Workloads } from "../deployments/workloads";

export interface RolloutStepProps {
  /** One deployment for each target. */
  readonly made: readonly Deployment[];
  readonly onClose: () => void;
}

/** How the deployments go, while they go. */
export function RolloutStep({ made, onClose }: RolloutStepProps) {
  const { t } = useTranslation(["deploy", "common"]);
  const [first] = made;
  return (
    <div className="step">
      {made.map((one) => (
        <Rollout key={one.deployment_id} deployment={one} isOneOfMany={made.length > 1} />
      ))}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {t("common:close")}
        </button>
        <button
          type="button"
          className="button primary"
          onClick={() => {
            onClose();
            navigate(made.length === 1 ? `/deployments/${first?.deployment_id}` : "/deployments");
          }}
        >
          {made.length === 1 ? t("open") : t("openAll")}
        </button>
      </div>
    </div>
  );
}

interface RolloutProps {
  readonly deployment: Deployment;
  readonly isOneOfMany: boolean;
}

function Rollout({ deployment: { deployment_id: id, ...made }, isOneOfMany }: RolloutProps) {
  const { t } = useTranslation(["deploy", "deployments"]);
  const { deployment, status } = useDeployment(id);
  const { value } = deployment;
  return (
    <div className="step" data-testid="target">
      {isOneOfMany && (
        <h4>
          <Trans
            t={t}
            i18nKey="deployments:isIn"
            components={{ cluster: <Name text={made.cluster_name} />, namespace: <Name text={made.namespace} /> }}
          />
        </h4>
      )}
      {deployment.failure !== undefined && <Notice>{describeFailure(deployment.failure)}</Notice>}
      {status.failure !== undefined && <Notice>{describeFailure(status.failure)}</Notice>}
      {!value && deployment.failure === undefined && <Skeleton label={t("step.rollout")} />}
      {value && <RevisionProgress revision={value.latest} />}
      {status.value && <Workloads deploymentId={id} workloads={status.value.workloads} />}
    </div>
  );
}
