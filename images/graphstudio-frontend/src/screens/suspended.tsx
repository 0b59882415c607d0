import { useTranslation } from "react-i18next";
import type { Account } from "../api/types";
import { NothingHere } from "../components/nothing-here";

/** What members of a suspended tenant see; they may go over to another one. */
export function Suspended({ account, reason }: { readonly account: Account; readonly reason: string }) {
  const { t } = useTranslation("deletion");
  const text = t("suspendedText", { tenant: account.tenantName, reason });
  return <NothingHere account={account} title={t("suspended")} text={text} />;
}
