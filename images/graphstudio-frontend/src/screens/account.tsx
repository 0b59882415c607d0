import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Account, LogInSession, SecondFactorState } from "../api/types";
import { checkCode, CodeField } from "../components/code-field";
import { Field } from "../components/field";
import { LanguageSelect } from "../components/language-select";
import { Name } from "../components/name";
import { Notice, RetryNotice } from "../components/notice";
import { FreshLogIn, proofOf } from "../components/proof-field";
import { TopBar } from "../components/top-bar";
import { formatAge } from "../format";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useOwnWays } from "../use-own-ways";
import { useRefresh } from "../use-refresh";
import { useSignInWays } from "../use-sign-in-ways";
import { useTitle } from "../use-title";
import { Address } from "./address";
import { DeleteAccount } from "./delete-account";
import { checkPassword, NewPasswordField } from "./new-password-field";
import { OwnProvider } from "./own-provider";
import { SecondFactor } from "./second-factor";

/** How often the sessions are loaded again while the page is visible. */
const REFRESH_MS = 30_000;

/** A person's own password and sessions. */
export function AccountScreen({ account }: { readonly account: Account }) {
  const { t } = useTranslation("account");
  const { passwords, oidc } = useSignInWays();
  const ways = useOwnWays();
  useTitle(t("title"));
  const { api } = useSession();
  const [factor, setFactor] = useState<SecondFactorState>();
  // Where it cannot be read the sessions below cannot either, and say so.
  const readFactor = useCallback(() => api.security.secondFactor().then(setFactor, () => undefined), [api]);
  useEffect(() => void readFactor(), [readFactor]);
  return (
    <>
      <TopBar account={account} />
      <main className="page sections">
        <div className="page-head">
          <div>
            <h1>{t("title")}</h1>
            <p className="page-sub">
              <Name text={account.email} />
            </p>
          </div>
        </div>
        <section aria-labelledby="language">
          <h2 id="language">{t("language")}</h2>
          <LanguageSelect />
        </section>
        <Address hasPassword={ways.password} hasFactor={factor?.on ?? false} />
        {factor && <SecondFactor account={account} factor={factor} hasPassword={ways.password} onChange={readFactor} />}
        <Sessions />
        {passwords && <Password email={account.email} hasPassword={ways.password} hasFactor={factor?.on ?? false} />}
        {oidc && <OwnProvider name={oidc.name} ways={ways} />}
        <DeleteAccount accountId={account.id} hasPassword={ways.password} hasFactor={factor?.on ?? false} />
      </main>
    </>
  );
}

function Sessions() {
  const { t } = useTranslation(["account", "common"]);
  const { api, leave } = useSession();
  const [sessions, setSessions] = useState<readonly LogInSession[]>();
  const [failure, setFailure] = useState<string>();
  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        setSessions(await api.sessions(signal));
        setFailure(undefined);
      } catch (error) {
        if (!signal?.aborted) setFailure(describeFailure(error));
      }
    },
    [api],
  );
  useRefresh(load, REFRESH_MS);
  const change = (action: Promise<void>) =>
    void action.then(() => load()).catch((error: unknown) => setFailure(describeFailure(error)));
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">{t("sessions")}</h2>
      <p>{t("sessionsText")}</p>
      {failure && <RetryNotice reason={failure} onRetry={() => void load()} />}
      <ul className="entries">
        {sessions?.map((session) => (
          <li key={session.id} data-testid="session">
            <div>
              <strong>{t(`kinds.${session.kind}`)}</strong>
              <p className="entry-text">
                {[session.userAgent, session.address, t("since", { age: formatAge(session.startedAt, Date.now()) })]
                  .filter(Boolean)
                  .join(t("common:comma"))}
              </p>
            </div>
            <button
              type="button"
              className="button quiet"
              aria-label={t("endSession", { age: formatAge(session.startedAt, Date.now()) })}
              onClick={() => change(api.endSession(session.id))}
            >
              {t("end")}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" className="button danger" onClick={() => change(api.endAllSessions().then(leave))}>
        {t("logOutEverywhere")}
      </button>
    </section>
  );
}

interface PasswordProps {
  readonly email: string;
  readonly hasPassword: boolean;
  readonly hasFactor: boolean;
}

function Password({ email, hasPassword, hasFactor }: PasswordProps) {
  const { t } = useTranslation("account");
  const { api, enter, leave } = useSession();
  const [done, setDone] = useState(false);
  const form = useForm(
    ["password", "newPassword", "code"],
    ({ password, newPassword, code }) => ({
      ...(password || !hasPassword ? {} : { password: t("presentPasswordMissing") }),
      ...checkPassword("newPassword", newPassword),
      ...(hasFactor && checkCode(code)),
    }),
    async ({ newPassword, ...values }) => {
      const challenge = await api.changePassword(email, proofOf(values), newPassword);
      // The log-in needs another code.
      if (challenge !== undefined) return await leave();
      await enter();
      setDone(true);
    },
  );
  return (
    <section aria-labelledby="password">
      <h2 id="password">{t("password")}</h2>
      {done && <Notice kind="info">{t("passwordChanged")}</Notice>}
      {form.failure && <Notice>{form.failure}</Notice>}
      <form className="narrow" onSubmit={form.onSubmit} noValidate>
        {hasPassword ? (
          <Field
            label={t("presentPassword")}
            name="password"
            type="password"
            autoComplete="current-password"
            error={form.fields.password}
          />
        ) : (
          <FreshLogIn />
        )}
        <NewPasswordField label={t("newPassword")} name="newPassword" error={form.fields.newPassword} />
        {hasFactor && <CodeField error={form.fields.code} />}
        <button type="submit" className="button primary" aria-disabled={form.pending}>
          {form.pending ? t("changing") : t(hasPassword ? "changePassword" : "setPassword")}
        </button>
      </form>
    </section>
  );
}
