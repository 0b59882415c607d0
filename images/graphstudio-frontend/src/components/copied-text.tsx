import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

export interface CopiedTextProps {
  /** What it is, for the button. */
  readonly label: string;
  readonly text: string;
}

/** A text to be copied, with a button that does it. */
export function CopiedText({ label, text }: CopiedTextProps) {
  const { t } = useTranslation("tenant");
  const code = useRef<HTMLElement>(null);
  const [said, setSaid] = useState<"copied" | "selected">();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("copied");
    } catch {
      // Over plain HTTP, and where the browser forbids it, the person copies what is selected.
      if (code.current) window.getSelection()?.selectAllChildren(code.current);
      setSaid("selected");
    }
  };
  return (
    <div className="copied">
      <code ref={code} tabIndex={0} role="textbox" aria-readonly="true" aria-label={label}>
        {text}
      </code>
      <button
        type="button"
        className="button small"
        aria-label={t("copyIt", { what: label })}
        onClick={() => void copy()}
      >
        {t("copy")}
      </button>
      <span className="entry-text" role="status">
        {said && t(said)}
      </span>
    </div>
  );
}
