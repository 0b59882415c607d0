import { useTranslation } from "react-i18next";
import type { PlanLimit } from "../../api/tenant-types";

/** Writes an amount of what plans limit, with its unit. */
export function useAmounts(): Readonly<Record<PlanLimit, (amount: number) => string>> {
  const { t } = useTranslation("plan");
  const number = (amount: number) => t("number", { amount });
  return {
    workspaces: number,
    members: number,
    apiKeys: number,
    aiTokensPerDay: number,
    executionSecondsPerDay: (amount) => t("seconds", { amount }),
    storageMb: (amount) => t("mebibytes", { amount }),
  };
}
