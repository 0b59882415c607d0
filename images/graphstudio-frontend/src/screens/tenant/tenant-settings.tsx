import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { CopiedText } from "../../components/copied-text";
import { Field } from "../../components/field";
import { Name } from "../../components/name";
import { Notice } from "../../components/notice";
import { navigate } from "../../router";
import { useSession } from "../../session";
import { useForm } from "../../use-form";
import { DangerZone } from "../danger-zone";
import type { TenantPageProps } from "./pages";
import { TenantSecurity } from "./security";

/** The name of the tenant, its id, its export, and the ways out of it. */
export function TenantSettings(props: TenantPageProps) {
  const { t } = useTranslation("tenant");
  const { account, tenant, api, reload } = props;
  const { api: all, enter } = useSession();
  const [leaving, setLeaving] = useState(false);
  const leave = async () => {
    await api.removeMember(account.id);
    await all.goTo();
    await enter();
    navigate("/workspaces");
  };
  return (
    <>
      {tenant.permissions.includes("tenant.rename") && <Rename tenant={tenant} api={api} />}
      <section aria-labelledby="tenant-id">
        <h2 id="tenant-id">{t("id")}</h2>
        <p className="entry-text">{t("idText")}</p>
        <CopiedText label={t("id")} text={account.tenantId} />
      </section>
      {tenant.permissions.includes("security.change") && <TenantSecurity tenant={tenant} api={api} reload={reload} />}
      <section aria-labelledby="leave">
        <h2 id="leave">{t("leave")}</h2>
        <p className="entry-text">{t("leaveText")}</p>
        <button type="button" className="button" onClick={() => setLeaving(true)}>
          {t("leaveTenant")}
        </button>
      </section>
      <DangerZone account={account} tenant={tenant} />
      {leaving && (
        <ConfirmDialog
          title={<Trans t={t} i18nKey="leaveTitle" components={{ tenant: <Name text={tenant.name} /> }} />}
          action={t("leaveTenant")}
          danger
          onConfirm={leave}
          onClose={() => setLeaving(false)}
        >
          <p>{t("leaveText")}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function Rename({ tenant, api }: Pick<TenantPageProps, "tenant" | "api">) {
  const { t } = useTranslation("tenant");
  const { enter } = useSession();
  const [done, setDone] = useState(false);
  const form = useForm(
    ["name"],
    ({ name }) => (name.trim() ? {} : { name: t("nameMissing") }),
    async ({ name }) => {
      setDone(false);
      await api.rename(name.trim());
      await enter();
      setDone(true);
    },
  );
  return (
    <section aria-labelledby="rename">
      <h2 id="rename">{t("name")}</h2>
      {form.failure && <Notice>{form.failure}</Notice>}
      {done && <Notice kind="info">{t("renamed")}</Notice>}
      <form className="narrow" onSubmit={form.onSubmit} noValidate>
        <Field label={t("newName")} name="name" maxLength={100} defaultValue={tenant.name} error={form.fields.name} />
        <button type="submit" className="button primary" aria-disabled={form.pending}>
          {form.pending ? t("renaming") : t("rename")}
        </button>
      </form>
    </section>
  );
}
