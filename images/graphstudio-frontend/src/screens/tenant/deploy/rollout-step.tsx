import { useTranslation } from "react-i18next";
import { describeFailure } from "../../../api/problem";
import { Notice } from "../../../components/notice";
import { Skeleton } from "../../../components/skeleton";
import { navigate } from "../../../router";
import { RevisionProgress } from "../deployments/revision-progress";
import { useDeployment } from "../deployments/use-deployment";
import { Workloads } from "../deployments/workloads";

export interface RolloutStepProps {
  readonly deploymentId: string;
  readonly onClose: () => void;
}

/** How the deployment goes, while it goes. */
export function RolloutStep({ deploymentId, onClose }: RolloutStepProps) {
  const { t } = useTranslation("deploy");
  const { deployment, status } = useDeployment(deploymentId);
  const { value } = deployment;
  return (
    <div className="step">
      {deployment.failure !== undefined && <Notice>{describeFailure(deployment.failure)}</Notice>}
      {status.failure !== undefined && <Notice>{describeFailure(status.failure)}</Notice>}
      {!value && deployment.failure === undefined && <Skeleton label={t("step.rollout")} />}
      {value && <RevisionProgress revision={value.latest} />}
      {status.value && <Workloads deploymentId={deploymentId} workloads={status.value.workloads} />}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {t("close")}
        </button>
        <button
          type="button"
          className="button primary"
          onClick={() => {
            onClose();
            navigate(`/deployments/${deploymentId}`);
          }}
        >
          {t("open")}
        </button>
      </div>
    </div>
  );
}
