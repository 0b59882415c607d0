import { type ChangeEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Cluster, Contexts } from "../../api/cluster-types";
import { Field } from "../../components/field";
import { Notice } from "../../components/notice";
import { PlanHint } from "../../components/plan-hint";
import { useSession } from "../../session";
import { plainName } from "../../unseen";
import { useForm } from "../../use-form";
import { ClusterAccount } from "./cluster-account";

const MOST_BYTES = 256 * 1024;

/** Adds a cluster by its kubeconfig: pasted, or from a file. */
export function AddCluster({ onAdded }: { readonly onAdded: (cluster: Cluster) => Promise<void> }) {
  const { t } = useTranslation("clusters");
  const { clusters } = useSession().api;
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const text = useRef<HTMLTextAreaElement>(null);
  const [contexts, setContexts] = useState<Contexts>();
  const [isTooLarge, setTooLarge] = useState(false);
  /** Whoever adds it says why a text is no kubeconfig. */
  const lookAt = (kubeconfig: string) => {
    setContexts(undefined);
    setTooLarge(false);
    if (kubeconfig.trim()) clusters.contexts(kubeconfig).then(setContexts, () => undefined);
  };
  const readFile = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    if (!file || !text.current) return;
    if (file.size > MOST_BYTES) return setTooLarge(true);
    text.current.value = await file.text();
    lookAt(text.current.value);
  };
  const state = useForm(
    ["name", "kubeconfig", "context", "allow_insecure"],
    ({ name, kubeconfig }) => ({
      ...(name.trim() ? {} : { name: t("nameMissing") }),
      ...(kubeconfig.trim() ? {} : { kubeconfig: t("kubeconfigMissing") }),
    }),
    async ({ name, kubeconfig, context, allow_insecure: insecure }) => {
      const about = { name: name.trim(), kubeconfig, context: context || undefined, allow_insecure: insecure === "on" };
      const added = await clusters.add(about);
      form.current?.reset();
      setContexts(undefined);
      await onAdded(added);
    },
  );
  const wrong = state.fields.kubeconfig ?? (isTooLarge ? t("fileTooLarge") : undefined);
  return (
    <section aria-labelledby="add-cluster">
      <h2 id="add-cluster">{t("add")}</h2>
      <p className="entry-text">{t("addText")}</p>
      <ClusterAccount />
      {state.failure && (
        <Notice>
          {state.failure} {state.isLimit && <PlanHint />}
        </Notice>
      )}
      <form className="narrow" ref={form} onSubmit={state.onSubmit} noValidate>
        <Field
          label={t("name")}
          name="name"
          maxLength={100}
          autoComplete="off"
          hint={t("nameHint")}
          error={state.fields.name}
        />
        <div className="field">
          <label htmlFor={`${id}-text`}>{t("kubeconfig")}</label>
          <textarea
            id={`${id}-text`}
            ref={text}
            name="kubeconfig"
            spellCheck={false}
            autoComplete="off"
            aria-invalid={wrong ? true : undefined}
            aria-describedby={`${id}-hint`}
            onBlur={({ target }) => lookAt(target.value)}
          />
          <p className={wrong ? "field-error" : "hint"} id={`${id}-hint`}>
            {wrong ?? t("kubeconfigHint")}
          </p>
        </div>
        <div className="field">
          <label htmlFor={`${id}-file`}>{t("file")}</label>
          <input id={`${id}-file`} type="file" onChange={(event) => void readFile(event)} />
        </div>
        {contexts && contexts.names.length > 1 && (
          <div className="field filter">
            <label>
              {t("whichContext")}
              <select
                name="context"
                key={contexts.names.join(" ")}
                defaultValue={contexts.current ?? contexts.names[0]}
              >
                {contexts.names.map((name) => (
                  <option key={name} value={name}>
                    {plainName(name)}
                  </option>
                ))}
              </select>
            </label>
          </div>
        )}
        <label className="choice">
          <input type="checkbox" name="allow_insecure" />
          <span>
            {t("allowInsecure")}
            <span className="entry-text">{t("allowInsecureText")}</span>
          </span>
        </label>
        <button type="submit" className="button primary" aria-disabled={state.pending}>
          {state.pending ? t("adding") : t("addCluster")}
        </button>
      </form>
    </section>
  );
}
