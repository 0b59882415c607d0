import { useCallback, useEffect, useState } from "react";
import { describeFailure } from "../api/problem";
import type { Account, LogInSession } from "../api/types";
import { Field } from "../components/field";
import { Notice, RetryNotice } from "../components/notice";
import { TopBar } from "../components/top-bar";
import { formatAge } from "../format";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useRefresh } from "../use-refresh";
import { isTooShort, NewPasswordField, TOO_SHORT } from "./new-password-field";

/** How often the sessions are loaded again while the page is visible. */
const REFRESH_MS = 30_000;

/** A person's own password and sessions. */
export function AccountScreen({ account }: { readonly account: Account }) {
  useEffect(() => {
    document.title = "Account · Nexus Studio";
  }, []);
  return (
    <>
      <TopBar account={account} />
      <main className="page sections">
        <div className="page-head">
          <div>
            <h1>Account</h1>
            <p className="page-sub">
              <bdi>{account.email}</bdi>
            </p>
          </div>
        </div>
        <Sessions />
        <Password email={account.email} />
      </main>
    </>
  );
}

function Sessions() {
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
      <h2 id="sessions">Sessions</h2>
      <p>Where you are logged in. Who is logged out may still use the API for up to 15 minutes.</p>
      {failure && <RetryNotice reason={failure} onRetry={() => void load()} />}
      <ul className="entries">
        {sessions?.map((session) => (
          <li key={session.id} data-testid="session">
            <div>
              <strong>{session.kind === "browser" ? "Browser" : "Program"}</strong>
              <p className="entry-text">
                {[session.userAgent, session.address, `since ${formatAge(session.startedAt, Date.now())}`]
                  .filter(Boolean)
                  .join(", ")}
              </p>
            </div>
            <button
              type="button"
              className="button quiet"
              aria-label={`End the session of ${formatAge(session.startedAt, Date.now())}`}
              onClick={() => change(api.endSession(session.id))}
            >
              End
            </button>
          </li>
        ))}
      </ul>
      <button type="button" className="button danger" onClick={() => change(api.endAllSessions().then(leave))}>
        Log out everywhere
      </button>
    </section>
  );
}

function Password({ email }: { readonly email: string }) {
  const { api, enter } = useSession();
  const [done, setDone] = useState(false);
  const form = useForm(
    ["password", "newPassword"],
    ({ password, newPassword }) => ({
      ...(password ? {} : { password: "Enter your present password" }),
      ...(isTooShort(newPassword) ? { newPassword: TOO_SHORT } : {}),
    }),
    async ({ password, newPassword }) => {
      await api.changePassword(email, password, newPassword);
      await enter();
      setDone(true);
    },
  );
  return (
    <section aria-labelledby="password">
      <h2 id="password">Password</h2>
      {done && <Notice kind="info">Your password is changed, and all other sessions have ended.</Notice>}
      {form.failure && <Notice>{form.failure}</Notice>}
      <form className="narrow" onSubmit={form.onSubmit} noValidate>
        <Field
          label="Present password"
          name="password"
          type="password"
          autoComplete="current-password"
          error={form.fields.password}
        />
        <NewPasswordField label="New password" name="newPassword" error={form.fields.newPassword} />
        <button type="submit" className="button primary" aria-disabled={form.pending}>
          {form.pending ? "Changing…" : "Change password"}
        </button>
      </form>
    </section>
  );
}
