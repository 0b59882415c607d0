import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { Account, Tenant } from "../api/types";
import { checkCode } from "../components/code-field";
import { ExportButton } from "../components/export-button";
import { Field } from "../components/field";
import { Name } from "../components/name";
import { PasswordDialog } from "../components/password-dialog";
import { proofOf } from "../components/proof-field";
import { navigate } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useHasFactor } from "../use-has-factor";
import { useOwnWays } from "../use-own-ways";

/** Export and deletion of the tenant. */
export function DangerZone({ account, tenant }: { readonly account: Account; readonly tenant: Tenant }) {
  const { t } = useTranslation("deletion");
  const { api } = useSession();
  const [open, setOpen] = useState(false);
  const exports = tenant.permissions.includes("tenant.export");
  const deletes = tenant.permissions.includes("tenant.delete");
  if (!exports && !deletes) return null;
  return (
    <section aria-labelledby="danger-zone">
      <h2 id="danger-zone">{t("title")}</h2>
      <p>{t("tenantText")}</p>
      <div className="section-actions">
        {exports && (
          <ExportButton
            label={t("exportTenant")}
            name={`tenant-${account.tenantId}`}
            load={() => api.deletions.exportTenant(account.tenantId)}
          />
        )}
        {deletes && (
          <button type="button" className="button danger" onClick={() => setOpen(true)}>
            {t("deleteTenant")}
          </button>
        )}
      </div>
      {open && <DeleteTenantDialog account={account} onClose={() => setOpen(false)} />}
    </section>
  );
}

function DeleteTenantDialog({ account, onClose }: { readonly account: Account; readonly onClose: () => void }) {
  const { t } = useTranslation("deletion");
  const { api, enter } = useSession();
  const { password: hasPassword } = useOwnWays();
  const hasFactor = useHasFactor();
  const form = useForm(
    ["name", "password", "code"],
    ({ name, code }) => ({
      ...(name === account.tenantName ? {} : { name: t("tenantNameWrong") }),
      ...(hasFactor && checkCode(code)),
    }),
    async ({ name, ...values }) => {
      await api.deletions.deleteTenant(account.tenantId, name, proofOf(values));
      await api.goTo();
      await enter();
      navigate("/workspaces");
    },
  );
  const name = <Name text={account.tenantName} />;
  return (
    <PasswordDialog
      title={<Trans t={t} i18nKey="deleteTenantTitle" components={{ tenant: name }} />}
      form={form}
      hasPassword={hasPassword}
      hasFactor={hasFactor}
      label={t("deleteTenantNow")}
      onClose={onClose}
      field={<Field label={t("tenantName")} name="name" autoComplete="off" autoFocus error={form.fields.name} />}
    >
      <p>{t("deleteTenantText")}</p>
    </PasswordDialog>
  );
}
