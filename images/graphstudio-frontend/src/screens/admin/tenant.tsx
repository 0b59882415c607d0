import { useCallback, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { OnePlatformTenant } from "../../api/administration";
import { describeFailure } from "../../api/problem";
import type { Account } from "../../api/types";
import { KernelUsageBars } from "../../components/kernel-usage-bars";
import { Name } from "../../components/name";
import { Notice } from "../../components/notice";
import { SPANS, UsageHistory } from "../../components/usage-history";
import { Link } from "../../router";
import { useSession } from "../../session";
import { useForm } from "../../use-form";
import { useRefresh } from "../../use-refresh";
import { AdminLayout } from "./admin-layout";
import { SuspensionForm } from "./suspension-form";

const REFRESH_MS = 60_000;
const STATES = ["active", "past_due", "cancelled"] as const;

/** One tenant: its numbers, plan and suspension; nothing of what it keeps. */
export function AdminTenant({ account, tenantId }: { readonly account: Account; readonly tenantId: string }) {
  const { t } = useTranslation(["admin", "plan"]);
  const { api } = useSession();
  const [tenant, setTenant] = useState<OnePlatformTenant>();
  const [days, setDays] = useState<number>(SPANS[0]);
  const [error, setError] = useState<unknown>();
  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        setTenant(await api.administration.tenant(tenantId, days, signal));
        setError(undefined);
      } catch (failed) {
        if (!signal?.aborted) setError(failed);
      }
    },
    [api, tenantId, days],
  );
  useRefresh(load, REFRESH_MS);
  const resume = () => void api.administration.resume("tenants", tenantId).then(() => load(), setError);
  return (
    <AdminLayout account={account} page="tenants">
      <p>
        <Link href="/admin">{t("back")}</Link>
      </p>
      {error !== undefined && <Notice>{describeFailure(error)}</Notice>}
      {tenant && (
        <>
          <section aria-labelledby="tenant">
            <h2 id="tenant">
              <Name text={tenant.name} />
            </h2>
            <Facts tenant={tenant} />
            <PlanForm tenant={tenant} onDone={() => void load()} />
          </section>
          <section aria-labelledby="usage">
            <h2 id="usage">{t("plan:usage")}</h2>
            {tenant.usage ? (
              <ul className="usages">
                <KernelUsageBars usage={tenant.usage} />
              </ul>
            ) : (
              <p className="entry-text">{t("usageUnknown")}</p>
            )}
          </section>
          <UsageHistory history={tenant.usage?.history ?? []} aiDays={tenant.aiDays} days={days} onDays={setDays} />
          <section aria-labelledby="suspension">
            <h2 id="suspension">{t("suspension")}</h2>
            {tenant.suspension ? (
              <>
                <p role="status">{t("suspendedText", { reason: tenant.suspension.reason })}</p>
                <button type="button" className="button primary" onClick={resume}>
                  {t("resume")}
                </button>
              </>
            ) : (
              <>
                <p>{t("suspensionText")}</p>
                <SuspensionForm kind="tenants" id={tenantId} onDone={() => void load()} />
              </>
            )}
          </section>
        </>
      )}
    </AdminLayout>
  );
}

function Facts({ tenant }: { readonly tenant: OnePlatformTenant }) {
  const { t, i18n } = useTranslation(["admin", "common"]);
  const facts = [
    [t("id"), tenant.id],
    [t("created"), new Date(tenant.createdAt).toLocaleDateString(i18n.language)],
    [t("planInForce"), tenant.planInForce],
    [t("use"), [t("members", { count: tenant.members }), t("keys", { count: tenant.apiKeys })].join(t("common:comma"))],
  ] as const;
  return (
    <dl className="tenant-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface PlanFormProps {
  readonly tenant: OnePlatformTenant;
  readonly onDone: () => void;
}

function PlanForm({ tenant, onDone }: PlanFormProps) {
  const { t } = useTranslation("admin");
  const { api } = useSession();
  const id = useId();
  const [done, setDone] = useState(false);
  const form = useForm(
    ["plan", "state"],
    () => ({}),
    async ({ plan, state }) => {
      setDone(false);
      await api.administration.setPlan(tenant.id, plan, state);
      setDone(true);
      onDone();
    },
  );
  return (
    <form className="narrow" onSubmit={form.onSubmit}>
      {form.failure && <Notice>{form.failure}</Notice>}
      {done && <Notice kind="info">{t("planSet")}</Notice>}
      <div className="field">
        <label htmlFor={`${id}-plan`}>{t("plan")}</label>
        <select className="role" id={`${id}-plan`} name="plan" defaultValue={tenant.plan ?? tenant.planInForce}>
          {tenant.plans.map((plan) => (
            <option key={plan}>{plan}</option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-state`}>{t("state")}</label>
        <select className="role" id={`${id}-state`} name="state" defaultValue={tenant.state ?? "active"}>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {t(`states.${state}`)}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" className="button primary" aria-disabled={form.pending}>
        {form.pending ? t("settingPlan") : t("setPlan")}
      </button>
    </form>
  );
}
