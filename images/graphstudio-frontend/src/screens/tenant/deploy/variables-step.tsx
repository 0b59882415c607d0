import { type FormEvent, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Cluster } from "../../../api/cluster-types";
import type { ProjectVariable } from "../../../api/deployment-types";
import { Field } from "../../../components/field";
import { Problems } from "../../../components/problems";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";
import { textOf } from "../../../use-form";
import { useWork } from "../../../use-work";
import { type Draft, type Look, missingVariables, variableOf, withVariable } from "./draft";
import { StepActions, useStepTexts } from "./step-actions";
import { nameOf } from "./targets";
import { VariableRow } from "./variable-row";
import { rowsOf } from "./variable-rows";

export interface VariablesStepProps {
  readonly clusters: readonly Cluster[];
  readonly looks: readonly Look[];
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  readonly onBack: () => void;
  readonly onNext: () => Promise<void>;
}

const REFRESH_MS = 600_000;
/** Stands for all targets. */
const ALL = "all";

/** All variables in one table: their values, where those come from, and what they become. */
export function VariablesStep({ clusters, looks, draft, onDraft, onBack, onNext }: VariablesStepProps) {
  const { t } = useTranslation("deploy");
  const { clusters: api } = useSession().api;
  const work = useWork(onNext);
  const [scope, setScope] = useState(ALL);
  const target = draft.targets.find(({ id }) => String(id) === scope);
  const look = looks.find((one) => one.target.id === target?.id) ?? looks[0];
  const cluster = clusters.find((one) => one.cluster_id === look?.target.clusterId);
  const variables = (target ?? draft).variables;
  const setVariables = (changed: readonly ProjectVariable[]) =>
    onDraft(
      target
        ? { ...draft, targets: draft.targets.map((one) => (one === target ? { ...one, variables: changed } : one)) }
        : { ...draft, variables: changed },
    );
  const elsewhere = (name: string, service: string | null) =>
    looks.flatMap((one) => {
      const other = draft.targets.find(({ id }) => id === one.target.id && id !== target?.id);
      return other && variableOf(other.variables, name, service) ? [nameOf(other, clusters)] : [];
    });
  const stored = target
    ? (draft.project?.targets.find(
        (one) => one.cluster_id === target.clusterId && (one.namespace ?? "") === target.namespace,
      )?.variables ?? [])
    : (draft.project?.variables ?? []);
  const rows = rowsOf(look?.preview.variables ?? [], variables, missingVariables(work.failure));
  const names = JSON.stringify([...new Set(rows.map(({ name }) => name))]);
  const { value: found = [] } = useLoaded(
    useCallback(async () => {
      if (!cluster || cluster.scanned_at === null) return [];
      return await api.found(cluster.cluster_id, JSON.parse(names) as string[]);
    }, [api, cluster, names]),
    REFRESH_MS,
  );
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const [name, value] = [textOf(data, "name").trim(), textOf(data, "value")];
    if (name === "") return;
    const secret = data.get("secret") === "on";
    setVariables(withVariable(variables, { name, service: null, value, source: "manual", secret }));
    form.reset();
  };
  return (
    <div className="step">
      <p className="entry-text">{t("variablesText")}</p>
      {looks.length > 1 && (
        <div className="filter">
          <label>
            {t("valuesFor")}
            <select value={scope} onChange={({ target: choice }) => setScope(choice.value)}>
              <option value={ALL}>{t("allTargets")}</option>
              {looks.map((one) => (
                <option key={one.target.id} value={one.target.id}>
                  {nameOf(one.target, clusters)}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {rows.length === 0 && <p className="entry-text">{t("noVariables")}</p>}
      {rows.length > 0 && (
        <table className="workspaces audit-rows" aria-label={t("step.variables")}>
          <thead>
            <tr>
              <th scope="col">{t("variable")}</th>
              <th scope="col">{t("value")}</th>
              <th scope="col">{t("from")}</th>
              <th scope="col">{t("goesInto")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <VariableRow
                key={`${row.name} ${row.service}`}
                row={row}
                found={found.find(({ name, source }) => name === row.name && source === "discovery")}
                variables={variables}
                stored={stored}
                elsewhere={elsewhere(row.name, row.service)}
                onVariables={setVariables}
              />
            ))}
          </tbody>
        </table>
      )}
      <form className="columns add-variable" onSubmit={add}>
        <Field label={t("newVariable")} name="name" maxLength={200} autoComplete="off" spellCheck={false} />
        <Field label={t("newValue")} name="value" autoComplete="off" />
        <label className="choice">
          <input type="checkbox" name="secret" />
          <span>{t("isSecret")}</span>
        </label>
        <button type="submit" className="button">
          {t("addVariable")}
        </button>
      </form>
      {work.failure !== undefined && <Problems error={work.failure} />}
      <StepActions {...useStepTexts()} onBack={onBack} isPending={work.isPending} onNext={work.run} />
    </div>
  );
}
