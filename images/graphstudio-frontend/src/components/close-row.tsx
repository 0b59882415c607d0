import { useTranslation } from "react-i18next";

/** The end of a dialog that only shows something. */
export function CloseRow({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="dialog-actions">
      <button type="button" className="button" onClick={onClose}>
        {t("close")}
      </button>
    </div>
  );
}
