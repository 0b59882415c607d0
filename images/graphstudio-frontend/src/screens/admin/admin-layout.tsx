import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "../../api/types";
import { TopBar } from "../../components/top-bar";
import { Link } from "../../router";
import { useTitle } from "../../use-title";

export interface AdminLayoutProps {
  readonly account: Account;
  readonly page: keyof typeof PAGES;
  readonly children: ReactNode;
}

const PAGES = { tenants: "/admin", persons: "/admin/persons" } as const;
const NAMES = Object.keys(PAGES) as (keyof typeof PAGES)[];

/** What the pages of the administration have in common. */
export function AdminLayout({ account, page, children }: AdminLayoutProps) {
  const { t } = useTranslation("admin");
  useTitle(t("title"));
  return (
    <>
      <TopBar account={account} />
      <main className="page sections">
        <div className="page-head">
          <h1>{t("title")}</h1>
          <nav className="section-actions" aria-label={t("pages")}>
            {NAMES.map((each) => (
              <Link key={each} href={PAGES[each]} className="button" aria-current={each === page ? "page" : undefined}>
                {t(each)}
              </Link>
            ))}
          </nav>
        </div>
        {children}
      </main>
    </>
  );
}
