import { useCallback, useEffect, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../../api/problem";
import type { SharedVariable } from "../../api/shared-variables";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { Field } from "../../components/field";
import { Name } from "../../components/name";
import { Notice, RetryNotice } from "../../components/notice";
import { PlanHint } from "../../components/plan-hint";
import { Skeleton } from "../../components/skeleton";
import { WhoMay } from "../../components/who-may";
import { formatAge } from "../../format";
import { useSession } from "../../session";
import { textOf, useForm } from "../../use-form";
import { useLoaded } from "../../use-loaded";
import type { TenantPageProps } from "./pages";

const REFRESH_MS = 30_000;
const NAME = /^[A-Za-z_]\w*$/;

/** Values of variables that every project of the tenant takes, unless it has its own. */
export function SharedVariables({ account, tenant }: TenantPageProps) {
  const { t } = useTranslation("shared");
  const { sharedVariables: api } = useSession().api;
  const mayWrite = tenant.permissions.includes("settings.write");
  const {
    value: variables,
    failure,
    reload,
  } = useLoaded(
    useCallback((signal?: AbortSignal) => api.list(signal), [api]),
    REFRESH_MS,
  );
  const [removing, setRemoving] = useState<string>();
  const [said, setSaid] = useState("");
  const [removed, setRemoved] = useState<string>();
  const list = useRef<HTMLHeadingElement>(null);
  // The focused button was removed with its row.
  useEffect(() => {
    if (removed !== undefined) list.current?.focus();
  }, [removed]);
  const remove = async (name: string) => {
    await api.remove(name);
    await reload();
    setRemoving(undefined);
    setRemoved(name);
    setSaid(t("removed", { name }));
  };
  return (
    <>
      <section aria-labelledby="shared">
        <h2 id="shared" ref={list} tabIndex={-1}>
          {t("variables")}
        </h2>
        <p className="entry-text">{t("text")}</p>
        {failure !== undefined && <RetryNotice reason={describeFailure(failure)} onRetry={() => void reload()} />}
        {!variables && failure === undefined && <Skeleton label={t("variables")} />}
        {variables?.length === 0 && (
          <div className="empty" data-testid="no-shared">
            <h3>{t("none")}</h3>
            <p>{t("noneText")}</p>
          </div>
        )}
        {variables && variables.length > 0 && (
          <ul className="entries">
            {variables.map((one) => (
              <Entry key={one.name} variable={one} onRemove={mayWrite ? () => setRemoving(one.name) : undefined} />
            ))}
          </ul>
        )}
        <p className="visually-hidden" role="status">
          {said}
        </p>
      </section>
      {mayWrite ? (
        <SetVariable
          onSet={async (name) => {
            setSaid(t("stored", { name }));
            await reload();
          }}
        />
      ) : (
        <p className="entry-text">
          <WhoMay account={account} permission="settings.write" />
        </p>
      )}
      {removing !== undefined && (
        <ConfirmDialog
          title={<Trans t={t} i18nKey="removeTitle" components={{ variable: <code>{removing}</code> }} />}
          action={t("removeIt")}
          danger
          onConfirm={() => remove(removing)}
          onClose={() => setRemoving(undefined)}
        >
          <p>{t("removeText")}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

interface EntryProps {
  readonly variable: SharedVariable;
  readonly onRemove: (() => void) | undefined;
}

function Entry({ variable: { name, secret, value, updated_at: at, updated_by: by }, onRemove }: EntryProps) {
  const { t } = useTranslation("shared");
  return (
    <li data-testid="shared">
      <div>
        <code>{name}</code>
        <p>{secret ? <em>{t("isSecret")}</em> : <Name text={value ?? ""} />}</p>
        <p className="entry-text">
          {by !== null && <Name text={by} />} {formatAge(at, Date.now())}
        </p>
      </div>
      {onRemove && (
        <button type="button" className="button quiet" aria-label={t("removeNamed", { name })} onClick={onRemove}>
          {t("remove")}
        </button>
      )}
    </li>
  );
}

function SetVariable({ onSet }: { readonly onSet: (name: string) => Promise<void> }) {
  const { t } = useTranslation("shared");
  const { sharedVariables: api } = useSession().api;
  const form = useRef<HTMLFormElement>(null);
  const state = useForm(
    ["name", "value"],
    ({ name }) => (NAME.test(name.trim()) ? {} : { name: t("nameWrong") }),
    async ({ name, value }) => {
      const secret = form.current !== null && textOf(new FormData(form.current), "secret") === "on";
      await api.set(name.trim(), value, secret);
      form.current?.reset();
      await onSet(name.trim());
    },
  );
  return (
    <section aria-labelledby="set-shared">
      <h2 id="set-shared">{t("set")}</h2>
      {state.failure && (
        <Notice>
          {state.failure} {state.isLimit && <PlanHint />}
        </Notice>
      )}
      <form className="narrow" ref={form} onSubmit={state.onSubmit} noValidate>
        <Field
          label={t("name")}
          name="name"
          autoComplete="off"
          spellCheck={false}
          hint={t("nameHint")}
          error={state.fields.name}
        />
        <Field label={t("value")} name="value" autoComplete="off" spellCheck={false} error={state.fields.value} />
        <label className="choice">
          <input type="checkbox" name="secret" defaultChecked />
          <span>
            {t("secret")}
            <span className="entry-text">{t("secretText")}</span>
          </span>
        </label>
        <button type="submit" className="button primary" aria-disabled={state.pending}>
          {state.pending ? t("storing") : t("store")}
        </button>
      </form>
    </section>
  );
}
