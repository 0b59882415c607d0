import { type Permission, permissions } from "@nexus/contract";
import { useTranslation } from "react-i18next";
import type { Account } from "../api/types";

export interface WhoMayProps {
  readonly account: Account;
  /** What the person may not do. */
  readonly permission: Permission;
}

/** Whom to ask for something that one's own role does not allow. */
export function WhoMay({ account, permission }: WhoMayProps) {
  const { t } = useTranslation();
  const allowed = permissions[permission].roles.map((role) => t(`everyRole.${role}`));
  return t("whoMay", { role: t(`roles.${account.role}`), allowed });
}
