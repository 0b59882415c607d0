import { may } from "@nexus/contract";
import { useTranslation } from "react-i18next";
import { Link } from "../router";
import { useSession } from "../session";

/** What a person can do about a limit of the plan; nothing where people have no accounts here. */
export function PlanHint() {
  const { t } = useTranslation("plan");
  const { state } = useSession();
  if (state.phase !== "member" || state.entrance !== "account") return null;
  return (
    <>
      {!may(state.account.role, "plan.change") && `${t("askOwner")} `}
      <Link href="/plan">{t("seePlan")}</Link>
    </>
  );
}
