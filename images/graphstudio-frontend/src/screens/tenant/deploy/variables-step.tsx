import { type FormEvent, useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Cluster } from "../../../api/cluster-types";
import type { ConvertedVariable } from "../../../api/deployment-types";
import { Field } from "../../../components/field";
import { Problems } from "../../../components/problems";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";
import { textOf } from "../../../use-form";
import { type Draft, missingVariables, withVariable } from "./draft";
import { StepActions, useStepTexts, useWork } from "./step-actions";
import { VariableRow } from "./variable-row";
import { rowsOf } from "./variable-rows";

export interface VariablesStepProps {
  readonly cluster: Cluster | undefined;
  readonly variables: readonly ConvertedVariable[];
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  readonly onBack: () => void;
  readonly onNext: () => Promise<void>;
}

const REFRESH_MS = 600_000;

/** All variables in one table: their values, where those come from, and what they become. */
export function VariablesStep({ cluster, variables, draft, onDraft, onBack, onNext }: VariablesStepProps) {
  const { t } = useTranslation("deploy");
  const { clusters } = useSession().api;
  const work = useWork(onNext);
  const rows = rowsOf(variables, draft.variables, missingVariables(work.failure));
  const names = JSON.stringify([...new Set(rows.map(({ name }) => name))]);
  const { value: found = [] } = useLoaded(
    useCallback(async () => {
      if (!cluster || cluster.scanned_at === null) return [];
      return await clusters.found(cluster.cluster_id, JSON.parse(names) as string[]);
    }, [clusters, cluster, names]),
    REFRESH_MS,
  );
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const [name, value] = [textOf(data, "name").trim(), textOf(data, "value")];
    if (name === "") return;
    const secret = data.get("secret") === "on";
    onDraft(withVariable(draft, { name, service: null, value, source: "manual", secret }));
    form.reset();
  };
  return (
    <div className="step">
      <p className="entry-text">{t("variablesText")}</p>
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
                draft={draft}
                onDraft={onDraft}
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
