import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { AccountDeletion } from "../api/deletions";
import { describeFailure } from "../api/problem";
import { checkCode } from "../components/code-field";
import { CloseRow } from "../components/close-row";
import { Dialog } from "../components/dialog";
import { ExportButton } from "../components/export-button";
import { Name } from "../components/name";
import { Notice } from "../components/notice";
import { PasswordDialog } from "../components/password-dialog";
import { proofOf } from "../components/proof-field";
import { navigate } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";

export interface DeleteAccountProps {
  readonly accountId: string;
  readonly hasPassword: boolean;
  readonly hasFactor: boolean;
}

/** Export and deletion of one's own account. */
export function DeleteAccount({ accountId, ...ways }: DeleteAccountProps) {
  const { t } = useTranslation("deletion");
  const { api } = useSession();
  const [deletion, setDeletion] = useState<AccountDeletion>();
  const [error, setError] = useState<unknown>();
  const ask = () => {
    setError(undefined);
    api.deletions.account().then(setDeletion, setError);
  };
  return (
    <section aria-labelledby="delete-account">
      <h2 id="delete-account">{t("title")}</h2>
      <p>
        <Trans t={t} i18nKey="accountText" components={{ id: <AccountId id={accountId} /> }} />
      </p>
      {error !== undefined && <Notice>{describeFailure(error)}</Notice>}
      <div className="section-actions">
        <ExportButton label={t("exportAccount")} name="account" load={() => api.deletions.exportAccount()} />
        <button type="button" className="button danger" onClick={ask}>
          {t("deleteAccount")}
        </button>
      </div>
      {deletion && <DeleteAccountDialog deletion={deletion} {...ways} onClose={() => setDeletion(undefined)} />}
    </section>
  );
}

function AccountId({ id }: { readonly id: string }) {
  return <code className="invitation-link">{id}</code>;
}

interface DeleteAccountDialogProps {
  readonly deletion: AccountDeletion;
  readonly hasPassword: boolean;
  readonly hasFactor: boolean;
  readonly onClose: () => void;
}

function DeleteAccountDialog({ deletion, hasPassword, hasFactor, onClose }: DeleteAccountDialogProps) {
  const { deletes, blockedBy } = deletion;
  const { t } = useTranslation("deletion");
  const { api, leave } = useSession();
  const form = useForm(
    ["password", "code"],
    ({ code }) => (hasFactor ? checkCode(code) : {}),
    async (values) => {
      const tenants = deletes.map(({ id }) => id);
      await api.deletions.deleteAccount(proofOf(values), tenants);
      await leave();
      navigate("/login");
    },
  );
  if (blockedBy.length > 0) {
    return (
      <Dialog title={t("blockedTitle")} onClose={onClose}>
        <p>{t("blockedText")}</p>
        <Names tenants={blockedBy} />
        <CloseRow onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <PasswordDialog
      title={t("deleteAccountTitle")}
      form={form}
      hasPassword={hasPassword}
      hasFactor={hasFactor}
      label={t("deleteAccountNow")}
      onClose={onClose}
    >
      {deletes.length > 0 && (
        <>
          <p>{t("deletesTenants")}</p>
          <Names tenants={deletes} />
        </>
      )}
      <p>{t("leavesTenants")}</p>
    </PasswordDialog>
  );
}

function Names({ tenants }: { readonly tenants: AccountDeletion["deletes"] }) {
  return (
    <ul>
      {tenants.map(({ id, name }) => (
        <li key={id}>
          <Name text={name} />
        </li>
      ))}
    </ul>
  );
}
