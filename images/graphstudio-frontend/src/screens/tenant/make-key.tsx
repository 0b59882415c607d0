import type { KeyScope } from "@nexus/contract";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MadeApiKey } from "../../api/tenant-types";
import { CopiedText } from "../../components/copied-text";
import { Field } from "../../components/field";
import { Notice } from "../../components/notice";
import { PlanHint } from "../../components/plan-hint";
import { useForm } from "../../use-form";
import type { TenantPageProps } from "./pages";

const DAYS = 90;
const MOST_DAYS = 3650;

/**
 * The scopes, the one that changes least first, each with a request that it allows, as arguments of curl. Those without one
 * change what others rely on.
 */
const examples: Readonly<Record<KeyScope, string | undefined>> = {
  "workspaces.read": "/api/v1/workspaces",
  "plan.read": "/api/v1/usage",
  "ai.read": "/ai/v1/usage",
  "workspaces.write": `/api/v1/workspaces -H 'Content-Type: application/json' -d '{"name":"curl"}'`,
  "ai.use": `/ai/v1/completion -H 'Content-Type: application/json' -d '{"prompt":"Hello"}'`,
  "clusters.read": "/api/kubernetes/clusters",
  "deployments.read": "/api/kubernetes/deployments",
  "deployments.write": undefined,
  "clusters.manage": undefined,
  "settings.write": undefined,
};
const keyScopes = Object.keys(examples) as KeyScope[];

function exampleFor({ key, scopes }: MadeApiKey): string | undefined {
  const scope = keyScopes.find((each) => scopes.includes(each) && examples[each]);
  return scope && `curl -sS -H 'Authorization: Bearer ${key}' ${window.location.origin}${examples[scope]}`;
}

export interface MakeKeyProps extends Pick<TenantPageProps, "tenant" | "api"> {
  /** The key that was revoked last; it is no longer shown. */
  readonly revoked: string | undefined;
  readonly onMade: () => Promise<void>;
}

/** Makes a key; it is shown once. */
export function MakeKey({ tenant, api, revoked, onMade }: MakeKeyProps) {
  const { t } = useTranslation("keys");
  const offered = keyScopes.filter((scope) => tenant.permissions.includes(scope));
  const [scopes, setScopes] = useState<readonly KeyScope[]>(["workspaces.read"]);
  const [last, setLast] = useState<MadeApiKey>();
  const made = last?.id === revoked ? undefined : last;
  const form = useForm(
    ["name", "scopes", "expiresInDays"],
    ({ name, expiresInDays }) => ({
      ...(name.trim() ? {} : { name: t("nameMissing") }),
      ...(scopes.length > 0 ? {} : { scopes: t("scopesMissing") }),
      ...(isDays(expiresInDays) ? {} : { expiresInDays: t("daysWrong", { most: MOST_DAYS }) }),
    }),
    async ({ name, expiresInDays }) => {
      setLast(await api.makeKey({ name: name.trim(), scopes, expiresInDays: Number(expiresInDays) }));
      await onMade();
    },
  );
  const choose = (scope: KeyScope, chosen: boolean) =>
    setScopes(offered.filter((each) => (each === scope ? chosen : scopes.includes(each))));
  const example = made && exampleFor(made);
  return (
    <section aria-labelledby="make-key">
      <h2 id="make-key">{t("make")}</h2>
      <p className="entry-text">{t("makeText")}</p>
      {form.failure && (
        <Notice>
          {form.failure} {form.isLimit && <PlanHint />}
        </Notice>
      )}
      <form className="narrow" onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("name")}
          name="name"
          maxLength={100}
          autoComplete="off"
          hint={t("nameHint")}
          error={form.fields.name}
        />
        <fieldset className="choices" aria-describedby={form.fields.scopes ? "scopes-error" : undefined}>
          <legend>{t("scopes")}</legend>
          {offered.map((scope) => (
            <label key={scope} className="choice">
              <input
                type="checkbox"
                name="scopes"
                value={scope}
                checked={scopes.includes(scope)}
                onChange={({ target }) => choose(scope, target.checked)}
              />
              <span>
                <code>{scope}</code>
                <span className="entry-text">{t(`scope.${scope}`)}</span>
              </span>
            </label>
          ))}
          {form.fields.scopes && (
            <p className="field-error" id="scopes-error">
              {form.fields.scopes}
            </p>
          )}
        </fieldset>
        <Field
          label={t("days")}
          name="expiresInDays"
          type="number"
          min={1}
          max={MOST_DAYS}
          defaultValue={DAYS}
          error={form.fields.expiresInDays}
        />
        <button type="submit" className="button primary" aria-disabled={form.pending}>
          {form.pending ? t("making") : t("makeKey")}
        </button>
      </form>
      {made && (
        <div className="notice notice-info made-key" data-testid="made-key">
          <p role="status">{t("shownOnce")}</p>
          <CopiedText label={t("key")} text={made.key} />
          {example && (
            <>
              <p>{t("tryIt")}</p>
              <CopiedText label={t("command")} text={example} />
            </>
          )}
        </div>
      )}
    </section>
  );
}

const isDays = (text: string) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_DAYS;
