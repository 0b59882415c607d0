import { useTranslation } from "react-i18next";
import type { AuditPage, AuditRow } from "../../api/tenant-types";
import { Name } from "../../components/name";
import { isAct } from "./acts";

type People = AuditPage["people"];

const COLUMNS = ["at", "actor", "act", "address"] as const;

/** A table on a wide window, cards on a phone; the same rows either way. */
export function AuditRows({ items, people }: AuditPage) {
  const { t, i18n } = useTranslation("audit");
  const times = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "medium" });
  return (
    // The roles are explicit because the phone's layout would otherwise remove them from the table.
    <table className="workspaces audit-rows" role="table">
      <caption className="visually-hidden">{t("rows")}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((column) => (
            <th scope="col" role="columnheader" key={column}>
              {t(column)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((row) => (
          <tr key={row.seq} role="row" data-testid="audit-row">
            <td role="cell" data-label={t("at")} className="cell-number">
              <time dateTime={row.at}>{times.format(new Date(row.at))}</time>
            </td>
            <td role="cell" data-label={t("actor")}>
              {row.actor === null ? t("nobody") : <Name text={people[row.actor] ?? row.actor} />}
            </td>
            <td role="cell" data-label={t("act")}>
              <What row={row} people={people} />
            </td>
            <td role="cell" data-label={t("address")}>
              <Name text={row.address ?? "–"} />
              {row.userAgent !== null && (
                <p className="entry-text">
                  <Name text={row.userAgent} />
                </p>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function What({ row: { act, outcome, target }, people }: { readonly row: AuditRow; readonly people: People }) {
  const { t } = useTranslation("audit");
  // The tenant is the same in each row.
  const about = Object.entries(target).filter(([name, value]) => name !== "tenantId" && value !== null);
  return (
    <>
      {act === null ? (
        <strong className="ended">{t("unreadable")}</strong>
      ) : isAct(act) ? (
        t(`acts.${act}`)
      ) : (
        <code>
          <Name text={act} />
        </code>
      )}
      {outcome !== null && outcome !== "done" && <strong className="ended"> {t(`outcomes.${outcome}`)}</strong>}
      {about.map(([name, value]) => (
        <p key={name} className="entry-text">
          {name}: <Name text={people[String(value)] ?? String(value)} />
        </p>
      ))}
    </>
  );
}
