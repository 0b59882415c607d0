import { useTranslation } from "react-i18next";
import type { Proof } from "../api/deletions";
import { i18n } from "../i18n";
import { useSignInWays } from "../use-sign-in-ways";
import { Field } from "./field";
import { ProviderButton } from "./provider-button";

export interface ProofFieldProps {
  /** Whether the person has a password; without one they must have just logged in. */
  readonly hasPassword: boolean;
  readonly error: string | undefined;
}

/** How somebody proves who they are, for what their session alone must not do. */
export function ProofField({ hasPassword, error }: ProofFieldProps) {
  const { t } = useTranslation(["security", "oidc"]);
  if (!hasPassword) return <FreshLogIn />;
  return (
    <Field label={t("yourPassword")} name="password" type="password" autoComplete="current-password" error={error} />
  );
}

/** For somebody without a password: they must have just logged in. */
export function FreshLogIn() {
  const { t } = useTranslation("oidc");
  const { oidc } = useSignInWays();
  return (
    <>
      <p>{t("proof")}</p>
      {oidc && <ProviderButton name={oidc.name} />}
    </>
  );
}

/** What is wrong with the field `password`. */
export function checkProof(hasPassword: boolean, password: string): { readonly password?: string } {
  return hasPassword && password === "" ? { password: i18n.t("security:passwordMissing") } : {};
}

/** What a form with these fields sends as the proof. */
export const proofOf = (values: { readonly password: string; readonly code: string }): Proof => ({
  password: values.password,
  code: values.code || undefined,
});
