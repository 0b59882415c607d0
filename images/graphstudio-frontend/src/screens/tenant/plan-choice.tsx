import type { PlanLimit } from "@nexus/contract";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AiUsage, KernelUsage, Plan, Subscription } from "../../api/tenant-types";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { useAmounts } from "../../use-amounts";

export interface PlanChoiceProps {
  readonly subscription: Subscription;
  readonly usage: KernelUsage;
  readonly ai: AiUsage | undefined;
  readonly mayChange: boolean;
  readonly onChoose: (plan: Plan) => Promise<void>;
}

const MIB = 1024 * 1024;
const limitsOf = (amounts: ReturnType<typeof useAmounts>) => Object.keys(amounts) as PlanLimit[];

/** The plans that an owner may choose, side by side with the present one. */
export function PlanChoice({ subscription, usage, ai, mayChange, onChoose }: PlanChoiceProps) {
  const { t } = useTranslation("plan");
  const amounts = useAmounts();
  const [asking, setAsking] = useState<Plan>();
  const { inForce, choices } = subscription;
  const others = choices.filter(({ name }) => name !== inForce.name);
  const shown = [inForce, ...others];
  const limitOf = (plan: Plan, limit: PlanLimit) => {
    const amount = plan[limit];
    return amount === null ? t("asEveryTenant") : amounts[limit](amount);
  };
  const choose = async (plan: Plan) => {
    await onChoose(plan);
    setAsking(undefined);
  };
  return (
    <section aria-labelledby="plans">
      <h2 id="plans">{t("plans")}</h2>
      {!mayChange && <p className="entry-text">{t("ownersChange")}</p>}
      {mayChange && others.length === 0 && <p className="entry-text">{t("noChoice")}</p>}
      {others.length > 0 && (
        <ul className="plans">
          {shown.map((plan) => (
            <li key={plan.name} className="plan-card" data-testid="plan-card">
              <h3>{plan.name}</h3>
              <dl>
                {limitsOf(amounts).map((limit) => (
                  <div key={limit}>
                    <dt>{t(`limit.${limit}`)}</dt>
                    <dd>{limitOf(plan, limit)}</dd>
                  </div>
                ))}
              </dl>
              {plan === inForce ? (
                <p className="entry-text">{t("present")}</p>
              ) : (
                mayChange && (
                  <button type="button" className="button" onClick={() => setAsking(plan)}>
                    {t("changeTo", { plan: plan.name })}
                  </button>
                )
              )}
            </li>
          ))}
        </ul>
      )}
      {asking && (
        <ConfirmDialog
          title={t("changeToTitle", { plan: asking.name })}
          action={t("change")}
          onConfirm={() => choose(asking)}
          onClose={() => setAsking(undefined)}
        >
          <Difference from={inForce} to={asking} subscription={subscription} usage={usage} ai={ai} />
          <p>{t("whenFelt")}</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

interface DifferenceProps extends Omit<PlanChoiceProps, "mayChange" | "onChoose"> {
  readonly from: Plan;
  readonly to: Plan;
}

/** What becomes less, and what that means for what the tenant has. */
function Difference({ from, to, subscription, usage, ai }: DifferenceProps) {
  const { t } = useTranslation("plan");
  const amounts = useAmounts();
  // What belongs to a day is used up again tomorrow.
  const kept: Readonly<Partial<Record<PlanLimit, number>>> = {
    workspaces: usage.workspaces,
    activeWorkspaces: usage.activeWorkspaces,
    storageMb: usage.storageBytes / MIB,
    members: subscription.members,
    apiKeys: subscription.apiKeys,
    clusters: subscription.clusters,
  };
  // Null in the present plan: the limit that holds for every tenant, which is known for most.
  const before: Readonly<Record<PlanLimit, number>> = {
    workspaces: usage.limits.workspaces,
    activeWorkspaces: usage.limits.activeWorkspaces ?? Infinity,
    storageMb: usage.limits.storageMb,
    executionSecondsPerDay: from.executionSecondsPerDay ?? Infinity,
    streamMbPerDay: from.streamMbPerDay ?? Infinity,
    members: from.members ?? Infinity,
    apiKeys: subscription.limits.apiKeys,
    clusters: subscription.limits.clusters,
    aiTokensPerDay: from.aiTokensPerDay ?? ai?.limitTokens ?? Infinity,
  };
  const less = limitsOf(amounts).flatMap((limit) => {
    const now = to[limit];
    return now !== null && now < before[limit] ? [{ limit, now, isOver: (kept[limit] ?? 0) > now }] : [];
  });
  if (less.length === 0) return <p>{t("nothingLess")}</p>;
  return (
    <>
      <p>{t("less")}</p>
      <ul className="less" data-testid="less">
        {less.map(({ limit, now, isOver }) => (
          <li key={limit}>
            {t("lessLimit", { limit: t(`limit.${limit}`), amount: amounts[limit](now) })}
            {isOver && <strong> {t("lessThanUsed", { used: amounts[limit](kept[limit] ?? 0) })}</strong>}
          </li>
        ))}
      </ul>
      <p>{t("lessText")}</p>
    </>
  );
}
