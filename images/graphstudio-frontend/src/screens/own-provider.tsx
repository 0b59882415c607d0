import { useTranslation } from "react-i18next";
import type { OwnWays } from "../api/types";
import { ProviderButton } from "../components/provider-button";

export interface OwnProviderProps {
  /** What the identity provider is called. */
  readonly name: string;
  readonly ways: OwnWays;
}

/** The identity provider as a way into one's own account. */
export function OwnProvider({ name, ways }: OwnProviderProps) {
  const { t } = useTranslation("oidc");
  return (
    <section className="narrow" aria-labelledby="provider">
      <h2 id="provider">{t("otherWays")}</h2>
      {ways.oidc ? (
        <p>{t(ways.password ? "connected" : "onlyWay", { name })}</p>
      ) : (
        <>
          <p>{t("connectText", { name })}</p>
          <ProviderButton name={name} />
        </>
      )}
    </section>
  );
}
