import { useTranslation } from "react-i18next";

export interface StepActionsProps {
  readonly back: string;
  readonly onBack: () => void;
  readonly next: string;
  /** While it goes on. */
  readonly pending: string;
  readonly isPending?: boolean;
  /** Undefined for the button that sends the form around it. */
  readonly onNext?: () => void;
}

/** The ways out of a step. */
export function StepActions({ back, onBack, next, pending, isPending = false, onNext }: StepActionsProps) {
  return (
    <div className="dialog-actions">
      <button type="button" className="button" onClick={onBack}>
        {back}
      </button>
      <button
        type={onNext ? "button" : "submit"}
        className="button primary"
        aria-disabled={isPending}
        onClick={() => isPending || onNext?.()}
      >
        {isPending ? pending : next}
      </button>
    </div>
  );
}

/** "Back" and "Next", of the steps between. */
export function useStepTexts() {
  const { t } = useTranslation("deploy");
  return { back: t("back"), next: t("next"), pending: t("looking") };
}
