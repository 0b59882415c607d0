import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import { useWork } from "../use-work";
import { Dialog } from "./dialog";
import { Notice } from "./notice";

export interface ConfirmDialogProps {
  readonly title: ReactNode;
  /** What happens. */
  readonly children: ReactNode;
  /** The button that does it. */
  readonly action: string;
  /** @default false */
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks before something is done. Whoever opens it closes it once that is done. */
export function ConfirmDialog({ title, children, action, danger = false, onConfirm, onClose }: ConfirmDialogProps) {
  const { t } = useTranslation("tenant");
  const { isPending, failure, run } = useWork(onConfirm);
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {failure !== undefined && <Notice>{describeFailure(failure)}</Notice>}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose} autoFocus>
          {t("cancel")}
        </button>
        <button
          type="button"
          className={`button ${danger ? "danger" : "primary"}`}
          onClick={run}
          aria-disabled={isPending}
        >
          {action}
        </button>
      </div>
    </Dialog>
  );
}
