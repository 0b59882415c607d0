import { Trans, useTranslation } from "react-i18next";
import type { Account } from "../api/types";
import { Name } from "../components/name";
import { NothingHere } from "../components/nothing-here";

/** What members of a suspended tenant see; they may go over to another one. */
export function Suspended({ account, reason }: { readonly account: Account; readonly reason: string }) {
  const { t } = useTranslation("deletion");
  const text = (
    <Trans
      t={t}
      i18nKey="suspendedText"
      components={{ tenant: <Name text={account.tenantName} />, reason: <Name text={reason} /> }}
    />
  );
  return <NothingHere account={account} title={t("suspended")} text={text} />;
}
