import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlatformPerson } from "../../api/administration";
import type { Account } from "../../api/types";
import { Dialog } from "../../components/dialog";
import { Name } from "../../components/name";
import { useSession } from "../../session";
import { plainName } from "../../unseen";
import { AdminLayout } from "./admin-layout";
import { SearchList } from "./search-list";
import { SuspensionForm } from "./suspension-form";

/** All people who have an account. */
export function AdminPersons({ account }: { readonly account: Account }) {
  const { t } = useTranslation(["admin", "common"]);
  const { api } = useSession();
  const [chosen, setChosen] = useState<{ readonly person: PlatformPerson; readonly reload: () => void }>();
  const find = useCallback(
    (search: string, after: string, signal?: AbortSignal) => api.administration.persons(search, after, signal),
    [api],
  );
  return (
    <AdminLayout account={account} page="persons">
      <SearchList label={t("findPersons")} find={find}>
        {(person, reload) => {
          const { id, email, emailVerified, tenants, platformAdmin, suspension } = person;
          const about = [
            t("tenantsOf", { count: tenants }),
            t(emailVerified ? "verified" : "unverified"),
            platformAdmin && t("isAdmin"),
            suspension && t("suspendedText", { reason: suspension.reason }),
          ];
          return (
            <li key={id} data-testid="platform-person">
              <div>
                <Name text={email} />
                <p className="entry-text">{about.filter(Boolean).join(t("common:comma"))}</p>
              </div>
              {id !== account.id && (
                <button
                  type="button"
                  className="button quiet"
                  aria-label={t(suspension ? "resumeOne" : "suspendOne", { name: plainName(email) })}
                  onClick={() =>
                    suspension
                      ? void api.administration.resume("persons", id).then(reload, reload)
                      : setChosen({ person, reload })
                  }
                >
                  {t(suspension ? "resume" : "suspend")}
                </button>
              )}
            </li>
          );
        }}
      </SearchList>
      {chosen && (
        <Dialog title={t("suspendOne", { name: plainName(chosen.person.email) })} onClose={() => setChosen(undefined)}>
          <p>{t("personSuspensionText")}</p>
          <SuspensionForm
            kind="persons"
            id={chosen.person.id}
            onCancel={() => setChosen(undefined)}
            onDone={() => {
              setChosen(undefined);
              chosen.reload();
            }}
          />
        </Dialog>
      )}
    </AdminLayout>
  );
}
