import { useTranslation } from "react-i18next";
import type { Cluster } from "../../../api/cluster-types";
import { Field } from "../../../components/field";
import { plainName } from "../../../unseen";
import { type Draft, type DraftTarget, newTarget } from "./draft";
import { chosenTargets } from "./targets";

export interface TargetListProps {
  readonly clusters: readonly Cluster[];
  readonly draft: Draft;
  /** Whether each target waits for the one before. */
  readonly inTurn: boolean;
  readonly onInTurn: (inTurn: boolean) => void;
  readonly onDraft: (draft: Draft) => void;
}

/** Where a project goes: one cluster, or several places at once. */
export function TargetList({ clusters, draft, inTurn, onInTurn, onDraft }: TargetListProps) {
  const { t } = useTranslation("deploy");
  // Those of clusters that the person may not use stay as they are.
  const shown = draft.targets.filter(({ clusterId }) => clusters.some((one) => one.cluster_id === clusterId));
  const setTargets = (targets: readonly DraftTarget[]) => onDraft({ ...draft, targets });
  const change = (target: DraftTarget, more: Partial<DraftTarget>) =>
    setTargets(draft.targets.map((one) => (one === target ? { ...one, ...more } : one)));
  const add = () => {
    const unused = clusters.find(({ cluster_id: id }) => !shown.some(({ clusterId }) => clusterId === id));
    const { cluster_id: id = "" } = unused ?? clusters[0] ?? {};
    setTargets([...draft.targets, newTarget(id)]);
  };
  return (
    <fieldset className="group targets">
      <legend>{t("targets")}</legend>
      {shown.map((target, index) => (
        <Target
          key={target.id}
          number={index + 1}
          target={target}
          clusters={clusters}
          onChange={(more) => change(target, more)}
          onRemove={shown.length > 1 ? () => setTargets(draft.targets.filter((one) => one !== target)) : undefined}
        />
      ))}
      <button type="button" className="button small" onClick={add}>
        {t("addTarget")}
      </button>
      {chosenTargets(draft).length > 1 && (
        <label className="choice">
          <input type="checkbox" checked={inTurn} onChange={({ target }) => onInTurn(target.checked)} />
          <span>
            {t("inTurn")}
            <span className="entry-text">{t("inTurnText")}</span>
          </span>
        </label>
      )}
    </fieldset>
  );
}

interface TargetProps {
  readonly number: number;
  readonly target: DraftTarget;
  readonly clusters: readonly Cluster[];
  readonly onChange: (more: Partial<DraftTarget>) => void;
  /** Undefined for the only one. */
  readonly onRemove: (() => void) | undefined;
}

function Target({ number, target, clusters, onChange, onRemove }: TargetProps) {
  const { t } = useTranslation("deploy");
  const cluster = clusters.find((one) => one.cluster_id === target.clusterId);
  return (
    <div className="target" data-testid="target">
      {onRemove && (
        <label className="choice">
          <input
            type="checkbox"
            checked={target.isChosen}
            onChange={({ target: box }) => onChange({ isChosen: box.checked })}
          />
          <span>{t("goesThere", { number })}</span>
        </label>
      )}
      <div className="filter">
        <label>
          {onRemove ? t("clusterOf", { number }) : t("cluster")}
          <select
            value={target.clusterId}
            onChange={({ target: choice }) => onChange({ clusterId: choice.value, namespace: "", variables: [] })}
          >
            {clusters.map((one) => (
              <option key={one.cluster_id} value={one.cluster_id}>
                {plainName(one.name)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {cluster?.own && (
        <p className="entry-text">
          {cluster.namespace === "" ? t("ownNamespaceFirst") : t("ownNamespace", { namespace: cluster.namespace })}
        </p>
      )}
      {onRemove && !cluster?.own && (
        <Field
          label={t("otherNamespace", { number })}
          value={target.namespace}
          maxLength={63}
          autoComplete="off"
          hint={t("otherNamespaceHint")}
          onChange={({ target: field }) => onChange({ namespace: field.value.trim() })}
        />
      )}
      {onRemove && (
        <button
          type="button"
          className="button small"
          aria-label={t("removeTargetNamed", { number })}
          onClick={onRemove}
        >
          {t("remove")}
        </button>
      )}
    </div>
  );
}
