import { type ReactNode, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { focusHeading } from "../focus-heading";

export interface NoticeProps {
  /** A problem interrupts a screen reader; information waits its turn. @default "problem" */
  readonly kind?: "problem" | "info";
  readonly children: ReactNode;
}

export function Notice({ kind = "problem", children }: NoticeProps) {
  return (
    <div className={`notice notice-${kind}`} role={kind === "problem" ? "alert" : "status"}>
      {children}
    </div>
  );
}

/** A temporary problem, with a button to try again. */
export function RetryNotice({ reason, onRetry }: { readonly reason: string; readonly onRetry: () => void }) {
  const { t } = useTranslation();
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const { current } = button;
    return () => {
      if (document.activeElement === current) focusHeading();
    };
  }, []);
  return (
    <Notice>
      {reason}{" "}
      <button ref={button} type="button" className="link" onClick={onRetry}>
        {t("tryAgain")}
      </button>
    </Notice>
  );
}
