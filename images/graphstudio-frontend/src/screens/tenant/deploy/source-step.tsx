import { type FormEvent, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Cluster } from "../../../api/cluster-types";
import { ApiError, describeFailure } from "../../../api/problem";
import { Field } from "../../../components/field";
import { Notice } from "../../../components/notice";
import { Problems } from "../../../components/problems";
import { useSession } from "../../../session";
import { plainName } from "../../../unseen";
import { useLoaded } from "../../../use-loaded";
import { useWork } from "../../../use-work";
import { type Draft, draftOf, missingVariables, newDraft, variableOf, withVariable } from "./draft";
import { FileList } from "./file-list";
import { StepActions, useStepTexts } from "./step-actions";
import { TargetList } from "./target-list";
import { chosenTargets } from "./targets";

export interface SourceStepProps {
  readonly clusters: readonly Cluster[];
  readonly draft: Draft;
  readonly inTurn: boolean;
  readonly onInTurn: (inTurn: boolean) => void;
  readonly onDraft: (draft: Draft) => void;
  /** Begins with another project. */
  readonly onStart: (draft: Draft) => void;
  readonly onNext: (draft: Draft) => Promise<void>;
  readonly onClose: () => void;
}

/** Projects do not change by themselves while somebody chooses. */
const REFRESH_MS = 600_000;
const NEW = "new";

/** Which project goes where, and its files. */
export function SourceStep(props: SourceStepProps) {
  const { clusters, draft, onDraft, onStart, onNext, onClose } = props;
  const { t } = useTranslation(["deploy", "tenant"]);
  const { projects } = useSession().api;
  const { value: offered } = useLoaded(
    useCallback(
      async (signal?: AbortSignal) => ({
        stored: await projects.list(signal),
        catalogue: await projects.catalogue(signal),
      }),
      [projects],
    ),
    REFRESH_MS,
  );
  const [entryId, setEntryId] = useState(NEW);
  const [isNameMissing, setNameMissing] = useState(false);
  const [isTargetMissing, setTargetMissing] = useState(false);
  const [loadFailure, setLoadFailure] = useState<unknown>();
  const work = useWork(() => onNext(draft));
  const missing = missingVariables(work.failure);

  const choose = async (chosen: string) => {
    setLoadFailure(undefined);
    const entry = offered?.catalogue.find(({ id }) => id === chosen);
    setEntryId(entry ? chosen : NEW);
    if (chosen === NEW) return onStart(newDraft());
    if (entry) return onStart(newDraft(entry.name, entry.compose, entry.id));
    try {
      onStart(draftOf(await projects.find(chosen)));
    } catch (error) {
      setLoadFailure(error);
    }
  };
  const targets = chosenTargets(draft);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const [noName, noTarget] = [draft.name.trim() === "", targets.length === 0];
    setNameMissing(noName);
    setTargetMissing(noTarget);
    if (!noName && !noTarget) work.run();
  };
  const give = (name: string, value: string) =>
    onDraft({
      ...draft,
      variables: withVariable(draft.variables, { name, service: null, value, source: "manual", secret: true }),
    });
  const isOwn = (id: string) => clusters.some((one) => one.cluster_id === id && one.own);
  const isOwnOnly = targets.length > 0 && targets.every(({ clusterId }) => isOwn(clusterId));
  const isTaken = work.failure instanceof ApiError && work.failure.code === "project_name_taken";
  return (
    <form className="step" onSubmit={send} noValidate>
      {loadFailure !== undefined && <Notice>{describeFailure(loadFailure)}</Notice>}
      <div className="filter">
        <label>
          {t("start")}
          <select value={draft.project?.project_id ?? entryId} onChange={({ target }) => void choose(target.value)}>
            <option value={NEW}>{t("newProject")}</option>
            {offered && offered.stored.length > 0 && (
              <optgroup label={t("storedProjects")}>
                {offered.stored.map(({ project_id: id, name }) => (
                  <option key={id} value={id}>
                    {plainName(name)}
                  </option>
                ))}
              </optgroup>
            )}
            <optgroup label={t("catalogue")}>
              {offered?.catalogue.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </optgroup>
          </select>
        </label>
      </div>
      <div className="columns">
        <Field
          label={t("name")}
          value={draft.name}
          maxLength={100}
          autoComplete="off"
          error={isNameMissing ? t("nameMissing") : isTaken ? describeFailure(work.failure) : undefined}
          onChange={({ target }) => onDraft({ ...draft, name: target.value })}
        />
        {!isOwnOnly && (
          <Field
            label={t("namespace")}
            value={draft.namespace}
            maxLength={63}
            autoComplete="off"
            hint={t("namespaceHint")}
            onChange={({ target }) => onDraft({ ...draft, namespace: target.value.trim() })}
          />
        )}
      </div>
      <TargetList {...props} />
      {isTargetMissing && targets.length === 0 && <Notice>{t("targetMissing")}</Notice>}
      <FileList files={draft.files} onFiles={(files) => onDraft({ ...draft, files })} />
      {work.failure !== undefined && !isTaken && <Problems error={work.failure} />}
      {missing.length > 0 && (
        <fieldset className="choices" data-testid="missing">
          <legend>{t("required")}</legend>
          <p className="entry-text">{t("requiredText")}</p>
          {missing.map((name, index) => (
            <Field
              key={name}
              label={name}
              autoFocus={index === 0}
              type="password"
              autoComplete="off"
              value={variableOf(draft.variables, name, null)?.value ?? ""}
              onChange={({ target }) => give(name, target.value)}
            />
          ))}
        </fieldset>
      )}
      <StepActions {...useStepTexts()} back={t("tenant:cancel")} onBack={onClose} isPending={work.isPending} />
    </form>
  );
}
