import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Cluster } from "../../../api/cluster-types";
import type { Deployment } from "../../../api/deployment-types";
import { describeFailure } from "../../../api/problem";
import { randomId } from "../../../api/random-id";
import { Dialog } from "../../../components/dialog";
import { Notice } from "../../../components/notice";
import { Skeleton } from "../../../components/skeleton";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";
import { contentOf, type Draft, draftOf, isChanged, type Look, newDraft } from "./draft";
import { ReviewStep } from "./review-step";
import { RolloutStep } from "./rollout-step";
import { ServicesStep } from "./services-step";
import { SourceStep } from "./source-step";
import { VariablesStep } from "./variables-step";

const steps = ["source", "services", "variables", "review", "rollout"] as const;
/** A project that is being changed is not read again. */
const REFRESH_MS = 3_600_000;
export type DeployStep = (typeof steps)[number];

export interface DeployToK8sModalProps {
  /** Those that the person may deploy to. */
  readonly clusters: readonly Cluster[];
  /** The one to begin with. */
  readonly clusterId?: string | undefined;
  /** The project to begin with. */
  readonly projectId?: string | undefined;
  readonly onDeployed: () => void;
  readonly onClose: () => void;
}

/** Brings a compose project to a cluster, step by step; each step keeps what was entered. */
export function DeployToK8sModal({ projectId, ...props }: DeployToK8sModalProps) {
  const { t } = useTranslation("deploy");
  const { projects } = useSession().api;
  const { value: project, failure } = useLoaded(
    useCallback(async () => (projectId === undefined ? null : await projects.find(projectId)), [projects, projectId]),
    REFRESH_MS,
  );
  // Somebody may store the project while it is being changed here, which is told when this one is stored.
  const first = useRef<Draft>(undefined);
  if (project !== undefined) first.current ??= project ? draftOf(project) : newDraft();
  return (
    <Dialog title={t("title")} wide onClose={props.onClose}>
      {failure !== undefined && <Notice>{describeFailure(failure)}</Notice>}
      {!first.current && failure === undefined && <Skeleton label={t("step.source")} />}
      {first.current && <Steps {...props} first={first.current} />}
    </Dialog>
  );
}

function Steps(props: Omit<DeployToK8sModalProps, "projectId"> & { readonly first: Draft }) {
  const { clusters, onDeployed, onClose } = props;
  const { t } = useTranslation("deploy");
  const { deployments, projects } = useSession().api;
  const [step, setStep] = useState<DeployStep>("source");
  const [draft, setDraft] = useState(props.first);
  const [clusterId, setClusterId] = useState(props.clusterId ?? clusters[0]?.cluster_id ?? "");
  const [look, setLook] = useState<Look>();
  const [made, setMade] = useState<Deployment>();
  // An attempt that is repeated deploys once.
  const attempt = useRef(randomId());
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current !== step) heading.current?.focus();
    shown.current = step;
  }, [step]);

  const targetOf = ({ project, namespace }: Draft, force: boolean) => ({
    project_id: project?.project_id ?? "",
    version: project?.version ?? 0,
    namespace,
    force,
  });
  const lookAt = async (stored: Draft, force: boolean) => {
    const [preview, present] = await Promise.all([
      deployments.preview(clusterId, targetOf(stored, force)),
      deployments.ofCluster(clusterId),
    ]);
    const there = present.find(
      (one) => one.project_id === stored.project?.project_id && one.namespace === stored.namespace,
    );
    attempt.current = randomId();
    setLook({ preview, revision: there?.latest.revision ?? 0 });
  };
  const store = async (changed: Draft): Promise<Draft> => {
    if (!isChanged(changed)) return changed;
    const { project } = changed;
    const content = contentOf(changed);
    const kept = draftOf(
      project ? await projects.change(project.project_id, project.version, content) : await projects.add(content),
    );
    setDraft(kept);
    return kept;
  };
  const goOn = async (changed: Draft, next: DeployStep) => {
    await lookAt(await store(changed), false);
    setStep(next);
  };
  const deploy = async (force: boolean) => {
    const target = targetOf(draft, force);
    setMade(await deployments.deploy(clusterId, target, look?.revision ?? 0, attempt.current));
    onDeployed();
    setStep("rollout");
  };

  return (
    <>
      <ol className="steps" aria-label={t("steps")}>
        {steps.map((name) => (
          <li key={name} aria-current={name === step ? "step" : undefined}>
            {t(`step.${name}`)}
          </li>
        ))}
      </ol>
      <h3 ref={heading} tabIndex={-1}>
        {t(`step.${step}`)}
      </h3>
      {step === "source" && (
        <SourceStep
          clusters={clusters}
          clusterId={clusterId}
          draft={draft}
          onCluster={setClusterId}
          onDraft={setDraft}
          onNext={(changed) => goOn(changed, "services")}
          onClose={onClose}
        />
      )}
      {step === "services" && look && (
        <ServicesStep
          services={look.preview.services}
          draft={draft}
          onDraft={setDraft}
          onBack={() => setStep("source")}
          onNext={() => setStep("variables")}
        />
      )}
      {step === "variables" && look && (
        <VariablesStep
          cluster={clusters.find((one) => one.cluster_id === clusterId)}
          variables={look.preview.variables}
          draft={draft}
          onDraft={setDraft}
          onBack={() => setStep("services")}
          onNext={() => goOn(draft, "review")}
        />
      )}
      {step === "review" && look && (
        <ReviewStep
          look={look}
          onForce={(force) => lookAt(draft, force)}
          onBack={() => setStep("variables")}
          onDeploy={deploy}
        />
      )}
      {step === "rollout" && made && <RolloutStep deploymentId={made.deployment_id} onClose={onClose} />}
    </>
  );
}
