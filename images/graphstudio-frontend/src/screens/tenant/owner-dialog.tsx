import { Trans, useTranslation } from "react-i18next";
import type { Member } from "../../api/types";
import { checkCode, CodeField } from "../../components/code-field";
import { Dialog } from "../../components/dialog";
import { Name } from "../../components/name";
import { Notice } from "../../components/notice";
import { useForm } from "../../use-form";
import type { TenantPageProps } from "./pages";

export interface OwnerDialogProps extends Pick<TenantPageProps, "api"> {
  /** Who becomes an owner. */
  readonly member: Member;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks whoever has a second factor for a code before somebody becomes an owner. */
export function OwnerDialog({ api, member: { userId, email }, onDone, onClose }: OwnerDialogProps) {
  const { t } = useTranslation(["members", "tenant"]);
  const form = useForm(
    ["code"],
    ({ code }) => checkCode(code),
    async ({ code }) => {
      await api.setRole(userId, "owner", code);
      onDone();
    },
  );
  const title = <Trans t={t} i18nKey="makeOwnerTitle" components={{ member: <Name text={email} /> }} />;
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{t("makeOwnerText")}</p>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <CodeField error={form.fields.code} autoFocus />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {t("tenant:cancel")}
          </button>
          <button type="submit" className="button primary" aria-disabled={form.pending}>
            {t("makeOwner")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
