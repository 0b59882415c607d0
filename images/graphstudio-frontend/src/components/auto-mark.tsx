import { useTranslation } from "react-i18next";

/** Marks a cell that runs by itself. */
export function AutoMark() {
  const { t } = useTranslation("workspace");
  return (
    <span className="auto-mark" title={t("runsItself")}>
      <svg viewBox="0 0 16 16" width="14" height="14" className="stroke" aria-hidden="true">
        <path d="M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5V5H10" />
      </svg>
      <span className="visually-hidden">{t("runsItself")}</span>
    </span>
  );
}
