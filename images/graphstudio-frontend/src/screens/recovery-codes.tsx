import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "../components/notice";

export interface RecoveryCodesProps {
  readonly codes: readonly string[];
  readonly onKept: () => void;
}

/** Shown once. */
export function RecoveryCodes({ codes, onKept }: RecoveryCodesProps) {
  const { t } = useTranslation("security");
  const [copied, setCopied] = useState(false);
  const text = codes.join("\n");
  // Browsers offer it over TLS and on this machine alone.
  const canCopy = window.isSecureContext;
  return (
    <>
      <Notice kind="info">{t("keepCodes")}</Notice>
      <ul className="recovery-codes" aria-label={t("recoveryCodes")}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="actions">
        {canCopy && (
          <button
            type="button"
            className="button"
            onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
          >
            {copied ? t("copied") : t("copy")}
          </button>
        )}
        <a
          className="button"
          download="nexus-recovery-codes.txt"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
        >
          {t("download")}
        </a>
        <button type="button" className="button primary" onClick={onKept}>
          {t("haveKept")}
        </button>
      </div>
    </>
  );
}
