import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { ProviderButton } from "../components/provider-button";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useSignInWays } from "../use-sign-in-ways";
import { useSignUpState } from "../use-sign-up-state";
import { AuthLayout } from "./auth-layout";
import { SecondStep } from "./second-step";

export function LogIn({ expired }: { readonly expired: boolean }) {
  const { enter } = useSession();
  const [challenge, setChallenge] = useState<string>();
  return challenge === undefined ? (
    <FirstStep expired={expired} onChallenge={setChallenge} />
  ) : (
    <SecondStep challenge={challenge} onDone={enter} onBack={() => setChallenge(undefined)} />
  );
}

interface FirstStepProps {
  readonly expired: boolean;
  /** Called where a second factor is needed to go on. */
  readonly onChallenge: (challenge: string) => void;
}

function FirstStep({ expired, onChallenge }: FirstStepProps) {
  const { t } = useTranslation(["auth", "problems"]);
  const { passwords, oidc } = useSignInWays();
  return (
    <AuthLayout>
      <h1>{t("logIn")}</h1>
      {expired && <Notice kind="info">{t("problems:codes.session_ended")}</Notice>}
      {passwords && <PasswordForm onChallenge={onChallenge} />}
      {oidc && <ProviderButton name={oidc.name} />}
      {passwords && <OtherPages />}
    </AuthLayout>
  );
}

function PasswordForm({ onChallenge }: Pick<FirstStepProps, "onChallenge">) {
  const { t } = useTranslation("auth");
  const { api, enter } = useSession();
  const form = useForm(
    ["email", "password"],
    ({ email, password }) => ({
      ...(email.trim() ? {} : { email: t("emailMissing") }),
      ...(password ? {} : { password: t("passwordMissing") }),
    }),
    async ({ email, password }) => {
      const challenge = await api.logIn({ email: email.trim(), password });
      if (challenge === undefined) return await enter();
      onChallenge(challenge);
    },
  );
  return (
    <>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("email")}
          name="email"
          type="email"
          autoComplete="username"
          autoFocus
          error={form.fields.email}
        />
        <Field
          label={t("password")}
          name="password"
          type="password"
          autoComplete="current-password"
          error={form.fields.password}
        />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? t("loggingIn") : t("logIn")}
        </button>
      </form>
    </>
  );
}

function OtherPages() {
  const { t } = useTranslation("auth");
  const signUp = useSignUpState();
  return (
    <>
      <p className="auth-switch">
        <Link href="/forgot-password">{t("forgotPassword")}</Link>
      </p>
      {signUp === "open" && (
        <p className="auth-switch">
          <Trans t={t} i18nKey="newHere" components={{ a: <Link href="/signup" /> }} />
        </p>
      )}
    </>
  );
}
