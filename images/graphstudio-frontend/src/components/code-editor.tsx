import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { useTranslation } from "react-i18next";
import { exampleCode } from "../i18n/untranslated";
import { editorTheme } from "./editor-theme";

export interface CodeEditorHandle {
  readonly getText: () => string;
  readonly setText: (text: string) => void;
  readonly focus: () => void;
}

export interface CodeEditorProps {
  readonly ref: Ref<CodeEditorHandle>;
  readonly label: string;
  readonly initialText: string;
  readonly onRun: () => void;
  readonly onChange: (text: string) => void;
}

/**
 * CodeMirror in a shadow root: there it adds its styles as style sheet objects, which a content security policy without
 * 'unsafe-inline' allows; in the page itself it would add style elements, which the policy refuses.
 */
export function CodeEditor({ ref, label, initialText, onRun, onChange }: CodeEditorProps) {
  const { t } = useTranslation("workspace");
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef({ onRun, onChange });
  latest.current = { onRun, onChange };
  const start = useRef({
    label,
    initialText,
    hint: t("codePlaceholder", { code: exampleCode[0] }),
    keys: t("codeKeys"),
  });

  useEffect(() => {
    if (!host.current) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const run = () => {
      latest.current.onRun();
      return true;
    };
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: start.current.initialText,
        extensions: [
          // Before the default keys, which would insert a line.
          keymap.of([{ key: "Mod-Enter", run }]),
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          javascript(),
          placeholder(start.current.hint),
          EditorView.lineWrapping,
          // Tab indents; Escape then Tab leaves the editor, as its description says.
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
          EditorView.contentAttributes.of({
            // The keyboard reaches it without this, but accessibility checkers require it of elements that scroll.
            tabindex: "0",
            "aria-label": start.current.label,
            "aria-description": start.current.keys,
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
          editorTheme,
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useImperativeHandle(ref, () => ({
    getText: () => view.current?.state.doc.toString() ?? "",
    setText: (text) => {
      const editor = view.current;
      if (!editor) return;
      editor.dispatch({
        changes: { from: 0, to: editor.state.doc.length, insert: text },
        selection: { anchor: text.length },
      });
    },
    focus: () => view.current?.focus(),
  }));

  return <div className="code-editor" ref={host} data-testid="editor" />;
}
