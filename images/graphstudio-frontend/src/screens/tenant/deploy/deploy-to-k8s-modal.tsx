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
import { contentOf, type Draft, type DraftTarget, draftOf, isChanged, type Look, newDraft, storedDraft } from "./draft";
import { ReviewStep } from "./review-step";
import { RolloutStep } from "./rollout-step";
import { ServicesStep } from "./services-step";
import { SourceStep } from "./source-step";
import { chosenTargets, type Place, withTargets } from "./targets";
import { VariablesStep } from "./variables-step";

const steps = ["source", "services", "variables", "review", "rollout"] as const;
/** A project that is being changed is not read again. */
const REFRESH_MS = 3_600_000;
export type DeployStep = (typeof steps)[number];

export interface DeployToK8sModalProps {
  /** Those that the person may deploy to. */
  readonly clusters: readonly Cluster[];
  /** The place to begin with. */
  readonly place?: Place | undefined;
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
  const { clusters, place } = props;
  if (project !== undefined) first.current ??= withTargets(project ? draftOf(project) : newDraft(), clusters, place);
  return (
    <Dialog title={t("title")} wide onClose={props.onClose}>
      {failure !== undefined && <Notice>{describeFailure(failure)}</Notice>}
      {!first.current && failure === undefined && <Skeleton label={t("step.source")} />}
      {first.current && <Steps {...props} first={first.current} />}
    </Dialog>
  );
}

function Steps(props: Omit<DeployToK8sModalProps, "projectId"> & { readonly first: Draft }) {
  const { clusters, place, onDeployed, onClose } = props;
  const { t } = useTranslation("deploy");
  const { deployments, projects } = useSession().api;
  const [step, setStep] = useState<DeployStep>("source");
  const [draft, setDraft] = useState(props.first);
  const [inTurn, setInTurn] = useState(true);
  const [looks, setLooks] = useState<readonly Look[]>([]);
  const [made, setMade] = useState<readonly Deployment[]>([]);
  // An attempt that is repeated deploys once.
  const attempt = useRef(randomId());
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current !== step) heading.current?.focus();
    shown.current = step;
  }, [step]);

  const isOwn = (clusterId: string) => clusters.some((one) => one.cluster_id === clusterId && one.own);
  const whatOf = ({ project }: Draft, force: boolean) => ({
    project_id: project?.project_id ?? "",
    version: project?.version ?? 0,
    force,
  });
  const whereOf = ({ clusterId, namespace }: DraftTarget) => ({
    cluster_id: clusterId,
    namespace: namespace === "" ? undefined : namespace,
  });
  const lookAt = async (stored: Draft, force: boolean) => {
    const what = whatOf(stored, force);
    const present = await deployments.ofProject(what.project_id);
    const found: Look[] = [];
    // One after another: the studio converts one project of a tenant at a time.
    for (const target of chosenTargets(stored)) {
      const preview = await deployments.preview(what, whereOf(target));
      // In the platform's own cluster the tenant has one namespace, whatever the project says.
      const isThere = ({ cluster_id: id, namespace }: Deployment) =>
        id === target.clusterId && (isOwn(id) || namespace === (target.namespace || stored.namespace));
      found.push({ target, preview, revision: present.find(isThere)?.latest.revision ?? 0 });
    }
    attempt.current = randomId();
    setLooks(found);
  };
  const store = async (changed: Draft): Promise<Draft> => {
    if (!isChanged(changed)) return changed;
    const { project } = changed;
    const content = contentOf(changed);
    const kept = storedDraft(
      project ? await projects.change(project.project_id, project.version, content) : await projects.add(content),
      changed,
    );
    setDraft(kept);
    return kept;
  };
  const goOn = async (changed: Draft, next: DeployStep) => {
    await lookAt(await store(changed), false);
    setStep(next);
  };
  const deploy = async (force: boolean) => {
    const targets = looks.map(({ target, revision }) => ({ ...whereOf(target), expected_revision: revision }));
    setMade(await deployments.deploy(whatOf(draft, force), targets, inTurn, attempt.current));
    onDeployed();
    setStep("rollout");
  };

  const [first] = looks;
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
          draft={draft}
          inTurn={inTurn}
          onInTurn={setInTurn}
          onDraft={setDraft}
          onStart={(started) => setDraft(withTargets(started, clusters, place && { clusterId: place.clusterId }))}
          onNext={(changed) => goOn(changed, "services")}
          onClose={onClose}
        />
      )}
      {step === "services" && first && (
        <ServicesStep
          services={first.preview.services}
          draft={draft}
          onDraft={setDraft}
          onBack={() => setStep("source")}
          onNext={() => setStep("variables")}
        />
      )}
      {step === "variables" && first && (
        <VariablesStep
          clusters={clusters}
          looks={looks}
          draft={draft}
          onDraft={setDraft}
          onBack={() => setStep("services")}
          onNext={() => goOn(draft, "review")}
        />
      )}
      {step === "review" && first && (
        <ReviewStep
          clusters={clusters}
          looks={looks}
          onForce={(force) => lookAt(draft, force)}
          onBack={() => setStep("variables")}
          onDeploy={deploy}
        />
      )}
      {step === "rollout" && <RolloutStep made={made} onClose={onClose} />}
    </>
  );
}
