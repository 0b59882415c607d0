import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MadeInvitation, Role } from "../../api/types";
import { checkCode, CodeField } from "../../components/code-field";
import { CopiedText } from "../../components/copied-text";
import { Field } from "../../components/field";
import { Notice } from "../../components/notice";
import { PlanHint } from "../../components/plan-hint";
import { RoleSelect } from "../../components/role-select";
import { useForm } from "../../use-form";
import { useHasFactor } from "../../use-has-factor";
import type { TenantPageProps } from "./pages";

export interface InviteProps extends Pick<TenantPageProps, "api"> {
  /** The roles that the user may give. */
  readonly roles: readonly Role[];
  readonly onInvited: () => Promise<void>;
}

const linkOf = ({ token }: MadeInvitation) => `${window.location.origin}/join#${token}`;

/** Makes an invitation; its link is shown once. */
export function Invite({ api, roles, onInvited }: InviteProps) {
  const { t } = useTranslation("members");
  const [role, setRole] = useState<Role>("member");
  const [made, setMade] = useState<MadeInvitation>();
  const hasFactor = useHasFactor();
  const needsCode = hasFactor && role === "owner";
  const form = useForm(
    ["email", "code"],
    ({ email, code }) => ({
      ...(email.trim() === "" || email.includes("@") ? {} : { email: t("emailWrong") }),
      ...(needsCode && checkCode(code)),
    }),
    async ({ email, code }) => {
      setMade(await api.invite({ role, email: email.trim() || undefined, code: code || undefined }));
      await onInvited();
    },
  );
  return (
    <section aria-labelledby="invite">
      <h2 id="invite">{t("inviteSomebody")}</h2>
      {form.failure && (
        <Notice>
          {form.failure} {form.isLimit && <PlanHint />}
        </Notice>
      )}
      <form className="narrow" onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("email")}
          name="email"
          type="email"
          autoComplete="off"
          hint={t("emailHint")}
          error={form.fields.email}
        />
        <RoleSelect label={t("role")} roles={roles} value={role} onChange={setRole} />
        {(needsCode || form.fields.code) && <CodeField error={form.fields.code} />}
        <button type="submit" className="button primary" aria-disabled={form.pending}>
          {form.pending ? t("inviting") : t("invite")}
        </button>
      </form>
      {made && (
        <>
          <Notice kind="info">{made.mailed ? t("mailed") : t("passOn")}</Notice>
          <div className="invitation-link">
            <CopiedText label={t("invitationLink")} text={linkOf(made)} />
          </div>
        </>
      )}
    </section>
  );
}
