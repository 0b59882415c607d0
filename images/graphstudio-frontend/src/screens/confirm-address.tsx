import { useEffect, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Account } from "../api/types";
import { Name } from "../components/name";
import { Notice } from "../components/notice";
import { TopBar } from "../components/top-bar";
import { Link } from "../router";
import { useSession } from "../session";
import { useTitle } from "../use-title";

/** Where the link of a mail leads; its token is in the fragment, which no server sees. */
export function ConfirmAddress({ account }: { readonly account: Account }) {
  const { t } = useTranslation("security");
  useTitle(t("confirmAddress"));
  const { api, enter } = useSession();
  const [token] = useState(() => window.location.hash.slice(1));
  const [done, setDone] = useState(false);
  const [failure, setFailure] = useState<string>();
  // The link counts once, so it is not sent twice.
  const sent = useRef(false);
  useEffect(() => {
    if (sent.current) return;
    sent.current = true;
    api.security
      .confirmAddress(token)
      .then(() => api.goTo())
      .then(enter)
      .then(
        () => setDone(true),
        (error: unknown) => setFailure(describeFailure(error)),
      );
  }, [api, enter, token]);
  return (
    <>
      <TopBar account={account} />
      <main className="page">
        <h1>{t("confirmAddress")}</h1>
        {done && (
          <Notice kind="info">
            <Trans t={t} i18nKey="confirmed" components={{ address: <Name text={account.email} /> }} />
          </Notice>
        )}
        {failure && <Notice>{failure}</Notice>}
        <p>
          <Link href="/account">{t("backToAccount")}</Link>
        </p>
      </main>
    </>
  );
}
