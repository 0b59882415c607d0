import { type RefObject, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { keepNotebook, notebookOf } from "../cells";
import { CodeEditor, type CodeEditorHandle } from "../components/code-editor";
import { CODE_LANGUAGE, keys } from "../i18n/untranslated";

export interface ComposerProps {
  readonly workspaceId: string;
  readonly editor: RefObject<CodeEditorHandle | null>;
  readonly busy: boolean;
  readonly onRun: () => void;
}

const MODIFIER = /Mac|iPhone|iPad/.test(navigator.userAgent) ? keys.apple : keys.control;

/** The field for the next code. */
export function Composer({ workspaceId, editor, busy, onRun }: ComposerProps) {
  const { t, i18n } = useTranslation("workspace");
  // With a physical keyboard the field gets the focus at once; on a phone the on-screen keyboard would cover the page.
  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) editor.current?.focus();
  }, [editor]);
  return (
    <section className="composer" aria-label={t("editor")}>
      <CodeEditor
        // It has the texts of the language in which it began.
        key={i18n.language}
        ref={editor}
        label={t("code")}
        initialText={notebookOf(workspaceId).draft}
        onRun={onRun}
        onChange={(text) => keepNotebook(workspaceId, { draft: text })}
      />
      <div className="composer-bar">
        <span className="composer-language">{CODE_LANGUAGE}</span>
        <span className="composer-keys" aria-hidden="true">
          <kbd>{MODIFIER}</kbd> <kbd>{keys.enter}</kbd>
        </span>
        <button type="button" className="button primary" onClick={onRun} aria-disabled={busy} aria-label={t("run")}>
          {busy ? t("running") : t("run")}
        </button>
      </div>
    </section>
  );
}
