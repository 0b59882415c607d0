import { useTranslation } from "react-i18next";
import type { Suspendable } from "../../api/administration";
import { Field } from "../../components/field";
import { Notice } from "../../components/notice";
import { useSession } from "../../session";
import { useForm } from "../../use-form";

export interface SuspensionFormProps {
  readonly kind: Suspendable;
  readonly id: string;
  /** For a form in a dialog. */
  readonly onCancel?: () => void;
  readonly onDone: () => void;
}

/** Suspends a tenant or a person, with a reason that they see. */
export function SuspensionForm({ kind, id, onCancel, onDone }: SuspensionFormProps) {
  const { t } = useTranslation("admin");
  const { api } = useSession();
  const form = useForm(
    ["reason"],
    ({ reason }) => (reason.trim() ? {} : { reason: t("reasonMissing") }),
    async ({ reason }) => {
      await api.administration.suspend(kind, id, reason.trim());
      onDone();
    },
  );
  return (
    <form className="narrow" onSubmit={form.onSubmit} noValidate>
      {form.failure && <Notice>{form.failure}</Notice>}
      <Field label={t("reason")} name="reason" maxLength={500} autoComplete="off" error={form.fields.reason} />
      <div className="dialog-actions">
        {onCancel && (
          <button type="button" className="button" onClick={onCancel}>
            {t("cancel")}
          </button>
        )}
        <button type="submit" className="button danger" aria-disabled={form.pending}>
          {form.pending ? t("suspending") : t("suspend")}
        </button>
      </div>
    </form>
  );
}
