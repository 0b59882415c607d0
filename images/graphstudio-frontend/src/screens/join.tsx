import { useEffect, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Offer } from "../api/types";
import { Field } from "../components/field";
import { Name } from "../components/name";
import { Notice } from "../components/notice";
import { ProviderButton } from "../components/provider-button";
import { Link, navigate } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useSignInWays } from "../use-sign-in-ways";
import { AuthLayout } from "./auth-layout";
import { LogIn } from "./log-in";
import { checkPassword, NewPasswordField } from "./new-password-field";
import { SignUpMailed } from "./sign-up-mailed";

/** Where the link of an invitation leads; its token is in the fragment, which no server sees. */
export function Join({
  email,
}: {
  /** Who is logged in; undefined for a guest. */ readonly email: string | undefined;
}) {
  const { t } = useTranslation(["auth", "common"]);
  const { api } = useSession();
  const { passwords, oidc } = useSignInWays();
  const [token] = useState(() => window.location.hash.slice(1));
  const [offer, setOffer] = useState<Offer>();
  const [failure, setFailure] = useState<string>();
  const [hasAccount, setHasAccount] = useState(false);
  const [mailedTo, setMailedTo] = useState<string>();
  useEffect(() => {
    api.look(token).then(setOffer, (error: unknown) => setFailure(describeFailure(error)));
  }, [api, token]);

  const invites = ({ invitedBy, email, role }: Offer) => (
    <Trans
      t={t}
      i18nKey={email ? "invites" : "invitesYou"}
      values={{ role: t(`common:roles.${role}`) }}
      components={{ inviter: <Name text={invitedBy} />, invited: <Name text={email ?? ""} /> }}
    />
  );
  if (mailedTo !== undefined) return <SignUpMailed email={mailedTo} />;
  if (email === undefined && hasAccount) return <LogIn expired={false} />;
  return (
    <AuthLayout>
      <h1>
        {offer ? (
          <Trans t={t} i18nKey="join" components={{ tenant: <Name text={offer.tenantName} /> }} />
        ) : (
          t("invitation")
        )}
      </h1>
      {failure && <Notice>{failure}</Notice>}
      {offer && <p>{invites(offer)}</p>}
      {offer &&
        (email === undefined ? (
          <>
            {passwords && <JoinAsNew token={token} offer={offer} onMailed={setMailedTo} />}
            {oidc && <ProviderButton name={oidc.name} />}
          </>
        ) : (
          <JoinAs token={token} email={email} />
        ))}
      <p className="auth-switch">
        {email === undefined ? (
          <button type="button" className="link" onClick={() => setHasAccount(true)}>
            {t("iHaveAccount")}
          </button>
        ) : (
          <Link href="/workspaces">{t("notNow")}</Link>
        )}
      </p>
    </AuthLayout>
  );
}

function JoinAs({ token, email }: { readonly token: string; readonly email: string }) {
  const { t } = useTranslation("auth");
  const { api, enter } = useSession();
  const form = useForm(
    [],
    () => ({}),
    async () => {
      await api.join(token);
      await enter();
      navigate("/workspaces");
    },
  );
  return (
    <form onSubmit={form.onSubmit} noValidate>
      {form.failure && <Notice>{form.failure}</Notice>}
      <button type="submit" className="button primary wide" aria-disabled={form.pending}>
        {form.pending ? t("joining") : t("joinAs", { email })}
      </button>
    </form>
  );
}

interface JoinAsNewProps {
  readonly token: string;
  readonly offer: Offer;
  /** Called with the address that a link was mailed to, with which the account begins. */
  readonly onMailed: (email: string) => void;
}

function JoinAsNew({ token, offer, onMailed }: JoinAsNewProps) {
  const { t } = useTranslation("auth");
  const { api, enter } = useSession();
  const form = useForm(
    ["email", "password"],
    ({ email, password }) => ({
      ...(email.includes("@") ? {} : { email: t("emailWrong") }),
      ...checkPassword("password", password),
    }),
    async ({ email, password }) => {
      if (!(await api.signUp({ email: email.trim(), password, invitation: token }))) return onMailed(email.trim());
      await enter();
      navigate("/workspaces");
    },
  );
  return (
    <form onSubmit={form.onSubmit} noValidate>
      {form.failure && <Notice>{form.failure}</Notice>}
      <Field
        label={t("email")}
        name="email"
        type="email"
        autoComplete="username"
        defaultValue={offer.email ?? ""}
        readOnly={offer.email !== null}
        error={form.fields.email}
      />
      <NewPasswordField error={form.fields.password} />
      <button type="submit" className="button primary wide" aria-disabled={form.pending}>
        {form.pending ? t("joining") : t("createAccountAndJoin")}
      </button>
    </form>
  );
}
