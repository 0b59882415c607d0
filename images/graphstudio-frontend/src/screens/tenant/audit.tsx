import { type FormEvent, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../../api/problem";
import type { AuditFilter, AuditPage, AuditVerdict, Outcome } from "../../api/tenant-types";
import { More } from "../../components/more";
import { Notice, RetryNotice } from "../../components/notice";
import { Skeleton } from "../../components/skeleton";
import { textOf } from "../../use-form";
import { useLoaded } from "../../use-loaded";
import { AuditRows } from "./audit-rows";
import { acts, outcomes } from "./acts";
import type { TenantPageProps } from "./pages";

/** How often the newest rows are loaded again while the page is visible. */
const REFRESH_MS = 60_000;

/** Midnight here, at the begin of the day of a date field or of a later one. */
function midnight(day: string, daysLater = 0): string {
  const time = new Date(`${day}T00:00`);
  time.setDate(time.getDate() + daysLater);
  return time.toISOString();
}

/** Who did what in the tenant. */
export function Audit({ tenant, api }: TenantPageProps) {
  const { t } = useTranslation("audit");
  const [filter, setFilter] = useState<AuditFilter>({});
  const [pages, setPages] = useState(1);
  const { value, failure, reload } = useLoaded(
    useCallback(
      async (signal?: AbortSignal): Promise<AuditPage> => {
        let all = await api.auditRows(filter, undefined, signal);
        for (let page = 1; page < pages && all.next !== null; page += 1) {
          const more = await api.auditRows(filter, all.next, signal);
          all = { ...more, items: [...all.items, ...more.items], people: { ...all.people, ...more.people } };
        }
        return all;
      },
      [api, filter, pages],
    ),
    REFRESH_MS,
  );
  const find = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const [actor = "", act = "", outcome = "", from = "", to = ""] = ["actor", "act", "outcome", "from", "to"].map(
      (name) => textOf(data, name).trim(),
    );
    setPages(1);
    setFilter({
      ...(actor && { actor }),
      ...(act && { act }),
      ...(outcome && { outcome: outcome as Outcome }),
      ...(from && { from: midnight(from) }),
      ...(to && { to: midnight(to, 1) }),
    });
  };
  return (
    <>
      <Trail tenantName={tenant.name} api={api} />
      <section aria-labelledby="rows">
        <h2 id="rows">{t("rows")}</h2>
        <form className="filter" onSubmit={find}>
          <label>
            {t("actor")}
            <input name="actor" maxLength={254} autoComplete="off" placeholder={t("actorHint")} />
          </label>
          <label>
            {t("act")}
            <select name="act">
              <option value="">{t("all")}</option>
              {acts.map((act) => (
                <option key={act} value={act}>
                  {t(`acts.${act}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("outcome")}
            <select name="outcome">
              <option value="">{t("all")}</option>
              {outcomes.map((outcome) => (
                <option key={outcome} value={outcome}>
                  {t(`outcomes.${outcome}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("from")}
            <input name="from" type="date" />
          </label>
          <label>
            {t("to")}
            <input name="to" type="date" />
          </label>
          <button type="submit" className="button">
            {t("find")}
          </button>
        </form>
        {failure !== undefined && <RetryNotice reason={describeFailure(failure)} onRetry={() => void reload()} />}
        {!value && failure === undefined && <Skeleton label={t("rows")} />}
        {value && (
          <>
            {value.items.length > 0 ? (
              <AuditRows {...value} />
            ) : (
              <p className="entry-text">{t(value.next === null ? "nothing" : "nothingYet")}</p>
            )}
            <More count={value.items.length} onMore={value.next === null ? undefined : () => setPages(pages + 1)} />
          </>
        )}
      </section>
    </>
  );
}

interface Checked extends AuditVerdict {
  readonly at: Date;
}

/** The trail as a whole: its check, and its export. */
function Trail({ tenantName, api }: { readonly tenantName: string; readonly api: TenantPageProps["api"] }) {
  const { t } = useTranslation("audit");
  const [pending, setPending] = useState<"check" | "export">();
  const [failure, setFailure] = useState<unknown>();
  const [checked, setChecked] = useState<Checked>();
  const begin = (what: "check" | "export", work: () => Promise<void>) => {
    if (pending) return;
    setPending(what);
    setFailure(undefined);
    work()
      .catch(setFailure)
      .finally(() => setPending(undefined));
  };
  const check = async () => setChecked({ ...(await api.checkTrail()), at: new Date() });
  const save = async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await api.exportTrail());
    link.download = `audit ${tenantName.replaceAll(/[^\p{L}\p{N} -]/gu, "_")}.jsonl`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <section aria-labelledby="trail">
      <h2 id="trail">{t("trail")}</h2>
      <p className="entry-text">{t("trailText")}</p>
      {failure !== undefined && <Notice>{describeFailure(failure)}</Notice>}
      <div className="trail-actions">
        <button
          type="button"
          className="button"
          aria-disabled={pending !== undefined}
          onClick={() => begin("check", check)}
        >
          {pending === "check" ? t("checking") : t("check")}
        </button>
        <button
          type="button"
          className="button"
          aria-disabled={pending !== undefined}
          onClick={() => begin("export", save)}
        >
          {pending === "export" ? t("exporting") : t("export")}
        </button>
      </div>
      {checked?.problem === null && (
        <Notice kind="info">{t("checked", { seq: checked.head.seq, at: checked.at })}</Notice>
      )}
      {checked && checked.problem !== null && <Notice>{t("broken", { problem: checked.problem })}</Notice>}
      {checked && <p className="entry-text hash">{t("head", { ...checked.head })}</p>}
    </section>
  );
}
