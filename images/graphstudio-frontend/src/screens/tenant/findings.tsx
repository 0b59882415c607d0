import { useTranslation } from "react-i18next";
import type { Finding } from "../../api/cluster-types";
import { Name } from "../../components/name";
import { databaseNames } from "../../i18n/untranslated";

export interface FindingsProps {
  /** Of the cluster. */
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** Services that may be databases, with what their handshakes said. */
export function Findings({ name, findings }: FindingsProps) {
  const { t } = useTranslation("clusters");
  return (
    <ul className="findings" aria-label={t("findings", { name })}>
      {findings.map(({ namespace, type, service, endpoints, verdict, reason }) => (
        <li key={`${type} ${namespace}/${service} ${endpoints.join(" ")}`} data-testid="finding">
          <strong>{databaseNames[type]}</strong> <Name text={`${namespace}/${service}`} />{" "}
          <span className={`verdict-${verdict}`}>{t(`verdict.${verdict}`)}</span>
          <p className="entry-text">
            <code>{endpoints.join(" ")}</code>
          </p>
          <p className="entry-text">{reason}</p>
        </li>
      ))}
    </ul>
  );
}
