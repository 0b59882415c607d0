import { QRCodeSVG } from "qrcode.react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account, NewSecret, SecondFactorState } from "../api/types";
import { checkCode, CodeField } from "../components/code-field";
import { Dialog } from "../components/dialog";
import { Notice } from "../components/notice";
import { checkProof, ProofField } from "../components/proof-field";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { LockedTenants } from "./locked-tenants";
import { RecoveryCodes } from "./recovery-codes";

export interface SecondFactorProps {
  readonly account: Account;
  readonly factor: SecondFactorState;
  readonly hasPassword: boolean;
  readonly onChange: () => Promise<void>;
}

/** Two-factor sign-in of a person: setting it up, new recovery codes, turning it off. */
export function SecondFactor({ account, factor, hasPassword, onChange }: SecondFactorProps) {
  const { t } = useTranslation("security");
  const { api, enter } = useSession();
  const [secret, setSecret] = useState<NewSecret>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [asking, setAsking] = useState<"codes" | "off">();
  const asksForCodes = asking === "codes";
  const begin = async (password: string) => setSecret(await api.security.newSecret(password));
  const confirm = async (code: string) => {
    setCodes(await api.security.confirmSecret(code));
    setSecret(undefined);
    await onChange();
    // Tenants that require it can be entered now.
    await enter();
  };
  const prove = async (password: string, code: string) => {
    if (asksForCodes) setCodes(await api.security.newRecoveryCodes(password, code));
    else await api.security.turnSecondFactorOff(password, code);
    setAsking(undefined);
    await onChange();
    if (asking !== "off") return;
    // A tenant that requires it is another one's from now on.
    await api.goTo();
    await enter();
  };
  return (
    <section aria-labelledby="second-factor">
      <h2 id="second-factor">{t("twoFactor")}</h2>
      <LockedTenants account={account} />
      {codes ? (
        <RecoveryCodes codes={codes} onKept={() => setCodes(undefined)} />
      ) : factor.on ? (
        <>
          <p>{t("on", { count: factor.recoveryCodes })}</p>
          <div className="actions">
            <button type="button" className="button" onClick={() => setAsking("codes")}>
              {t("newCodes")}
            </button>
            <button type="button" className="button danger" onClick={() => setAsking("off")}>
              {t("turnOff")}
            </button>
          </div>
        </>
      ) : secret ? (
        <Confirm secret={secret} onConfirm={confirm} onCancel={() => setSecret(undefined)} />
      ) : (
        <Begin hasPassword={hasPassword} onBegin={begin} />
      )}
      {asking && (
        <Dialog title={asksForCodes ? t("newCodes") : t("turnItOff")} onClose={() => setAsking(undefined)}>
          <Prove
            hasPassword={hasPassword}
            action={asksForCodes ? t("makeCodes") : t("turnOff")}
            onProve={prove}
            onCancel={() => setAsking(undefined)}
          />
        </Dialog>
      )}
    </section>
  );
}

interface BeginProps {
  readonly hasPassword: boolean;
  readonly onBegin: (password: string) => Promise<void>;
}

function Begin({ hasPassword, onBegin }: BeginProps) {
  const { t } = useTranslation("security");
  const form = useForm(
    ["password"],
    ({ password }) => checkProof(hasPassword, password),
    ({ password }) => onBegin(password),
  );
  return (
    <>
      <p>{t("off")}</p>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form className="narrow" onSubmit={form.onSubmit} noValidate>
        <ProofField hasPassword={hasPassword} error={form.fields.password} />
        <button type="submit" className="button primary" aria-disabled={form.pending}>
          {form.pending ? t("preparing") : t("setUp")}
        </button>
      </form>
    </>
  );
}

interface ConfirmProps {
  readonly secret: NewSecret;
  readonly onConfirm: (code: string) => Promise<void>;
  readonly onCancel: () => void;
}

function Confirm({ secret: { secret, uri }, onConfirm, onCancel }: ConfirmProps) {
  const { t } = useTranslation("security");
  const form = useForm(
    ["code"],
    ({ code }) => checkCode(code),
    ({ code }) => onConfirm(code),
  );
  return (
    <>
      <p>{t("scan")}</p>
      <QRCodeSVG className="qr" value={uri} size={192} marginSize={4} title={t("qrCode")} />
      <code className="secret">{secret.replace(/.{4}(?=.)/g, "$& ")}</code>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form className="narrow" onSubmit={form.onSubmit} noValidate>
        <CodeField hint={t("sixDigits")} inputMode="numeric" autoFocus error={form.fields.code} />
        <div className="actions">
          <button type="submit" className="button primary" aria-disabled={form.pending}>
            {form.pending ? t("checking") : t("turnOn")}
          </button>
          <button type="button" className="button" onClick={onCancel}>
            {t("cancel")}
          </button>
        </div>
      </form>
    </>
  );
}

interface ProveProps {
  readonly hasPassword: boolean;
  readonly action: string;
  readonly onProve: (password: string, code: string) => Promise<void>;
  readonly onCancel: () => void;
}

function Prove({ hasPassword, action, onProve, onCancel }: ProveProps) {
  const { t } = useTranslation("security");
  const form = useForm(
    ["password", "code"],
    ({ password, code }) => ({ ...checkProof(hasPassword, password), ...checkCode(code) }),
    ({ password, code }) => onProve(password, code),
  );
  return (
    <form className="narrow" onSubmit={form.onSubmit} noValidate>
      {form.failure && <Notice>{form.failure}</Notice>}
      <ProofField hasPassword={hasPassword} error={form.fields.password} />
      <CodeField error={form.fields.code} />
      <div className="actions">
        <button type="submit" className="button primary" aria-disabled={form.pending}>
          {action}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}
