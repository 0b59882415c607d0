import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { FormState } from "../use-form";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { Notice } from "./notice";

export interface PasswordDialogProps {
  readonly title: ReactNode;
  readonly form: FormState;
  /** What the button says that deletes. */
  readonly label: string;
  readonly onClose: () => void;
  /** What goes. */
  readonly children: ReactNode;
  /** A field before that of the password. */
  readonly field?: ReactNode;
}

/** Asks for the password before something is deleted. */
export function PasswordDialog({ title, form, label, onClose, children, field }: PasswordDialogProps) {
  const { t } = useTranslation("deletion");
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        {field}
        <Field
          label={t("yourPassword")}
          name="password"
          type="password"
          autoComplete="current-password"
          error={form.fields.password}
        />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" className="button danger" aria-disabled={form.pending}>
            {form.pending ? t("deleting") : label}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
