import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../../api/problem";
import type { AiUsage, KernelUsage, Plan, Subscription } from "../../api/tenant-types";
import { KernelUsageBars } from "../../components/kernel-usage-bars";
import { Notice, RetryNotice } from "../../components/notice";
import { Skeleton } from "../../components/skeleton";
import { UsageBar } from "../../components/usage-bar";
import { SPANS, UsageHistory } from "../../components/usage-history";
import { useSession } from "../../session";
import { useAmounts } from "../../use-amounts";
import { useLoaded } from "../../use-loaded";
import { PlanChoice } from "./plan-choice";
import type { TenantPageProps } from "./pages";

/** How often the usage is loaded again while the page is visible. */
const REFRESH_MS = 15_000;

interface PlanState {
  readonly subscription: Subscription;
  readonly usage: KernelUsage;
  readonly ai: AiUsage | undefined;
}

/** The plan of the tenant, what it uses of it, and how it was used. */
export function PlanPage({ tenant, api }: TenantPageProps) {
  const { t } = useTranslation("plan");
  const { api: all, enter } = useSession();
  const [days, setDays] = useState<number>(SPANS[0]);
  const [changed, setChanged] = useState<string>();
  const { value, failure, reload } = useLoaded(
    useCallback(
      async (signal?: AbortSignal): Promise<PlanState> => {
        const [subscription, usage, ai] = await Promise.all([
          api.subscription(days, signal),
          api.usage(days, signal),
          api.aiUsage(signal),
        ]);
        return { subscription, usage, ai };
      },
      [api, days],
    ),
    REFRESH_MS,
  );
  const choose = async ({ name }: Plan) => {
    await api.choosePlan(name);
    // The access token carries the plan.
    await all.goTo();
    await enter();
    await reload();
    setChanged(name);
  };
  return (
    <>
      {failure !== undefined && <RetryNotice reason={describeFailure(failure)} onRetry={() => void reload()} />}
      {!value && failure === undefined && <Skeleton label={t("title")} />}
      {value && (
        <>
          {changed && <Notice kind="info">{t("changed", { plan: changed })}</Notice>}
          <State subscription={value.subscription} />
          <Usage {...value} />
          <UsageHistory
            history={value.usage.history}
            aiDays={value.ai && value.subscription.aiDays}
            days={days}
            onDays={setDays}
          />
          <PlanChoice {...value} mayChange={tenant.permissions.includes("plan.change")} onChoose={choose} />
        </>
      )}
    </>
  );
}

function State({ subscription }: { readonly subscription: Subscription }) {
  const { t } = useTranslation("plan");
  const { plan, state, inForce } = subscription;
  const [start, end] = [subscription.periodStart, subscription.periodEnd].map((time) => time && new Date(time));
  // A trial, and what was cancelled, count until the end of their period.
  const isOver = plan !== inForce.name;
  return (
    <section aria-labelledby="plan">
      <h2 id="plan" data-testid="plan">
        {inForce.name}{" "}
        <span className={`plan-state plan-${isOver ? "over" : state}`}>{t(`state.${isOver ? "over" : state}`)}</span>
      </h2>
      <p>{isOver ? t("stateText.over", { plan, inForce: inForce.name }) : t(`stateText.${state}`)}</p>
      {end && <p className="entry-text">{start ? t("period", { start, end }) : t("periodEnd", { end })}</p>}
    </section>
  );
}

function Usage({ subscription, usage, ai }: PlanState) {
  const { t } = useTranslation("plan");
  const amounts = useAmounts();
  const { members, apiKeys, clusters, limits } = subscription;
  return (
    <section aria-labelledby="usage">
      <h2 id="usage">{t("usage")}</h2>
      <ul className="usages">
        <KernelUsageBars usage={usage} />
        <UsageBar label={t("limit.members")} used={members} limit={limits.members} format={amounts.members} />
        <UsageBar label={t("limit.apiKeys")} used={apiKeys} limit={limits.apiKeys} format={amounts.apiKeys} />
        <UsageBar label={t("limit.clusters")} used={clusters} limit={limits.clusters} format={amounts.clusters} />
        {ai && (
          <UsageBar
            label={t("limit.aiTokensPerDay")}
            used={ai.usedTokens + ai.reservedTokens}
            limit={ai.limitTokens}
            format={amounts.aiTokensPerDay}
            note={t("untilMidnight")}
          />
        )}
      </ul>
    </section>
  );
}
