import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClusterAccount as Account } from "../../api/cluster-types";
import { CopiedText } from "../../components/copied-text";
import { Field } from "../../components/field";
import { Notice } from "../../components/notice";
import { useSession } from "../../session";
import { useForm } from "../../use-form";
import { namesIn } from "./names-in";

/** An account for Nexus in a cluster, and how to make a kubeconfig of it. */
export function ClusterAccount() {
  const { t } = useTranslation("clusters");
  const { clusters } = useSession().api;
  const [account, setAccount] = useState<Account>();
  const form = useForm(
    ["namespaces"],
    ({ namespaces }) => (namesIn(namespaces).length > 0 ? {} : { namespaces: t("namespacesMissing") }),
    async ({ namespaces }) => setAccount(await clusters.account(namesIn(namespaces))),
  );
  return (
    <details className="account-steps" data-testid="account">
      <summary>{t("account.make")}</summary>
      <p className="entry-text">{t("account.text")}</p>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form className="narrow" onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("account.namespaces")}
          name="namespaces"
          autoComplete="off"
          hint={t("namespacesHint")}
          error={form.fields.namespaces}
        />
        <button type="submit" className="button" aria-disabled={form.pending}>
          {t("account.show")}
        </button>
      </form>
      {account && (
        <>
          <h3>{t("account.apply")}</h3>
          <CopiedText label={t("account.manifest")} text={account.manifest} />
          <h3>{t("account.run")}</h3>
          <CopiedText label={t("account.commands")} text={account.commands} />
        </>
      )}
    </details>
  );
}
