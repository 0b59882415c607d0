import { useCallback, useEffect, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { AddressState } from "../api/types";
import { checkCode, CodeField } from "../components/code-field";
import { Field } from "../components/field";
import { Name } from "../components/name";
import { Notice, RetryNotice } from "../components/notice";
import { checkProof, ProofField } from "../components/proof-field";
import { useSession } from "../session";
import { useForm } from "../use-form";

export interface AddressProps {
  readonly hasPassword: boolean;
  /** Whether a change needs a code. */
  readonly hasFactor: boolean;
}

/** The address of a person: whether it is confirmed, and a new one. Nothing where no mails are sent. */
export function Address({ hasPassword, hasFactor }: AddressProps) {
  const { t } = useTranslation("security");
  const { api } = useSession();
  const [address, setAddress] = useState<AddressState>();
  const [failure, setFailure] = useState<string>();
  const [sent, setSent] = useState(false);
  const load = useCallback(
    () => api.security.address().then(setAddress, (error: unknown) => setFailure(describeFailure(error))),
    [api],
  );
  useEffect(() => void load(), [load]);
  const sendAgain = () => {
    setFailure(undefined);
    api.security.sendLink().then(
      () => setSent(true),
      (error: unknown) => setFailure(describeFailure(error)),
    );
  };
  if (failure === undefined && !address?.mails) return null;
  return (
    <section aria-labelledby="address">
      <h2 id="address">{t("address")}</h2>
      {failure && <RetryNotice reason={failure} onRetry={address ? sendAgain : () => void load()} />}
      {address && !address.verified && (
        <Notice kind="info">
          <Trans
            t={t}
            i18nKey={sent ? "linkSentAgain" : "linkWasSent"}
            components={{ address: <Name text={address.email} /> }}
          />{" "}
          <button type="button" className="link" onClick={sendAgain}>
            {t("sendAgain")}
          </button>
        </Notice>
      )}
      {address && <ChangeAddress hasPassword={hasPassword} hasFactor={hasFactor} />}
    </section>
  );
}

function ChangeAddress({ hasPassword, hasFactor }: AddressProps) {
  const { t } = useTranslation("security");
  const { api } = useSession();
  const [sentTo, setSentTo] = useState<string>();
  const form = useForm(
    ["email", "password", "code"],
    ({ email, password, code }) => ({
      ...(email.includes("@") ? {} : { email: t("emailWrong") }),
      ...checkProof(hasPassword, password),
      ...(hasFactor && checkCode(code)),
    }),
    async ({ email, password, code }) => {
      await api.security.changeAddress({ email: email.trim(), password, ...(hasFactor && { code }) });
      setSentTo(email.trim());
    },
  );
  return (
    <>
      {sentTo !== undefined && (
        <Notice kind="info">
          <Trans t={t} i18nKey="linkSentToNew" components={{ address: <Name text={sentTo} /> }} />
        </Notice>
      )}
      {form.failure && <Notice>{form.failure}</Notice>}
      <form className="narrow" onSubmit={form.onSubmit} noValidate>
        <Field label={t("newEmail")} name="email" type="email" autoComplete="email" error={form.fields.email} />
        <ProofField hasPassword={hasPassword} error={form.fields.password} />
        {hasFactor && <CodeField error={form.fields.code} />}
        <button type="submit" className="button primary" aria-disabled={form.pending}>
          {form.pending ? t("sending") : t("changeAddress")}
        </button>
      </form>
    </>
  );
}
