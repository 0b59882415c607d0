import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { FormState } from "../use-form";
import { CodeField } from "./code-field";
import { Dialog } from "./dialog";
import { Notice } from "./notice";
import { ProofField } from "./proof-field";

export interface PasswordDialogProps {
  readonly title: ReactNode;
  readonly form: FormState;
  readonly hasPassword: boolean;
  /** Whether it needs a code. */
  readonly hasFactor: boolean;
  /** What the button says that deletes. */
  readonly label: string;
  readonly onClose: () => void;
  /** What goes. */
  readonly children: ReactNode;
  /** A field before that of the password. */
  readonly field?: ReactNode;
}

/** Asks who it is before something is deleted. */
export function PasswordDialog(props: PasswordDialogProps) {
  const { title, form, hasPassword, hasFactor, label, onClose, children, field } = props;
  const { t } = useTranslation("deletion");
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        {field}
        <ProofField hasPassword={hasPassword} error={form.fields.password} />
        {(hasFactor || form.fields.code) && <CodeField error={form.fields.code} />}
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
