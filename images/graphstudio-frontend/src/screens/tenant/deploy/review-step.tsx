import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Cluster } from "../../../api/cluster-types";
import type { Loss } from "../../../api/deployment-types";
import { Name } from "../../../components/name";
import { Notice } from "../../../components/notice";
import { Problems } from "../../../components/problems";
import { useWork } from "../../../use-work";
import { ObjectChanges } from "../deployments/object-changes";
import type { Look } from "./draft";
import { StepActions } from "./step-actions";
import { nameOf } from "./targets";

export interface ReviewStepProps {
  readonly clusters: readonly Cluster[];
  /** Of each target. */
  readonly looks: readonly Look[];
  /** Looks again, with or without what others manage. */
  readonly onForce: (force: boolean) => Promise<void>;
  readonly onBack: () => void;
  readonly onDeploy: (force: boolean) => Promise<void>;
}

/** What would change in each target, and what is lost on the way there. */
export function ReviewStep({ clusters, looks, onForce, onBack, onDeploy }: ReviewStepProps) {
  const { t } = useTranslation(["deploy", "common"]);
  const [force, setForce] = useState(false);
  const deploying = useWork(() => onDeploy(force));
  const [next, setNext] = useState(false);
  const looking = useWork(async () => {
    await onForce(next);
    setForce(next);
  });
  const { losses = [], inactive = [] } = looks[0]?.preview ?? {};
  const refused = looks.flatMap(({ preview }) => preview.objects.filter(({ refusal }) => refusal !== undefined)).length;
  return (
    <div className="step">
      {refused > 0 && <Notice>{t("refused", { count: refused })}</Notice>}
      {looks.map((look) => (
        <Target key={look.target.id} look={look} name={looks.length > 1 ? nameOf(look.target, clusters) : undefined} />
      ))}
      {(refused > 0 || force) && (
        <label className="choice">
          <input
            type="checkbox"
            checked={next}
            onChange={({ target }) => {
              setNext(target.checked);
            }}
          />
          <span>
            {t("force")}
            <span className="entry-text">{t("forceText")}</span>
          </span>
        </label>
      )}
      {next !== force && (
        <button type="button" className="button" aria-disabled={looking.isPending} onClick={looking.run}>
          {looking.isPending ? t("looking") : t("lookAgain")}
        </button>
      )}
      {losses.length > 0 && <Losses losses={losses} />}
      {inactive.length > 0 && (
        <p className="entry-text">{t("inactive", { names: inactive.join(t("common:comma")) })}</p>
      )}
      {deploying.failure !== undefined && <Problems error={deploying.failure} />}
      {looking.failure !== undefined && <Problems error={looking.failure} />}
      <StepActions
        back={t("back")}
        onBack={onBack}
        next={t("deploy")}
        pending={t("deploying")}
        isPending={deploying.isPending}
        onNext={deploying.run}
      />
    </div>
  );
}

/** @param name undefined for the only one */
function Target({ look, name }: { readonly look: Look; readonly name: string | undefined }) {
  const { t } = useTranslation("deploy");
  const { revision, preview } = look;
  const isSame = preview.objects.every(({ change }) => change === "unchanged");
  return (
    <div className="step" data-testid="target">
      {name !== undefined && (
        <h4>
          <Name text={name} />
        </h4>
      )}
      <p>{revision === 0 ? t("isNew") : t("isRevision", { revision: revision + 1 })}</p>
      {isSame && <Notice kind="info">{t("nothingChanges")}</Notice>}
      <ObjectChanges objects={preview.objects} />
    </div>
  );
}

function Losses({ losses }: { readonly losses: readonly Loss[] }) {
  const { t } = useTranslation("deploy");
  return (
    <details className="service" open>
      <summary>{t("losses", { count: losses.length })}</summary>
      <ul className="findings">
        {losses.map(({ service, key, effect, advice }) => (
          <li key={`${service} ${key} ${effect}`} data-testid="loss">
            <Name text={service} /> <code>{key}</code>
            <p>{effect}</p>
            <p className="entry-text">{advice}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}
