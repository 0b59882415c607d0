import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type DocumentApi, type DocumentCell, isRunnable } from "../api/document";
import { ApiError, describeFailure } from "../api/problem";
import { CodeEditor, type CodeEditorHandle } from "./code-editor";
import { ScrollBox } from "./scroll-box";

export interface CellEditorProps {
  readonly api: DocumentApi;
  readonly cell: DocumentCell;
  readonly position: number;
  /** Called with what the service answered to a change. */
  readonly onWritten: () => void;
  readonly onRun: (cell: DocumentCell) => void;
  readonly onClose: () => void;
}

/** What is typed is kept this long after the last key. */
const PAUSE_MS = 300;

/**
 * The code of a cell of the document, to be changed. It is kept as it is typed; what somebody else writes meanwhile is
 * shown, and nothing of either is lost.
 */
export function CellEditor({ api, cell, position, onWritten, onRun, onClose }: CellEditorProps) {
  const { t, i18n } = useTranslation("workspace");
  const editor = useRef<CodeEditorHandle>(null);
  const title = useRef<HTMLInputElement>(null);
  /** What the service has, as far as this editor knows. */
  const base = useRef(cell);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [theirs, setTheirs] = useState<Pick<DocumentCell, "title" | "code" | "version">>();
  const [failure, setFailure] = useState<string>();
  const saving = useRef<Promise<boolean>>(Promise.resolve(true));

  const typedNow = () => ({
    title: title.current?.value.trim() ?? base.current.title,
    code: editor.current?.getText() ?? base.current.code,
  });
  const isKept = ({ title, code } = typedNow()) => title === base.current.title && code === base.current.code;
  const write = async (): Promise<boolean> => {
    if (isKept()) return true;
    try {
      base.current = await api.write(base.current, typedNow());
      setFailure(undefined);
      onWritten();
      return isKept() || (await write());
    } catch (error) {
      const current = error instanceof ApiError ? error.problem.current : undefined;
      if (current) setTheirs(current);
      else setFailure(describeFailure(error));
      return false;
    }
  };
  /** Writes come one after another. @returns whether the service has what is typed */
  const save = (): Promise<boolean> => {
    clearTimeout(timer.current);
    saving.current = saving.current.then(write);
    return saving.current;
  };
  const typed = () => {
    clearTimeout(timer.current);
    if (!theirs) timer.current = setTimeout(() => void save(), PAUSE_MS);
  };
  const show = (cell: Pick<DocumentCell, "title" | "code">) => {
    if (title.current) title.current.value = cell.title;
    editor.current?.setText(cell.code);
  };
  const take = (cell: Pick<DocumentCell, "title" | "code">) => {
    show(cell);
    editor.current?.focus();
  };
  const choose = (mine: boolean) => {
    if (!theirs) return;
    base.current = { ...base.current, ...theirs };
    setTheirs(undefined);
    if (mine) void save();
    else take(theirs);
  };

  const follow = useEffectEvent(() => {
    if (cell.version <= base.current.version || theirs) return;
    // Otherwise the next write tells that there are two.
    if (!isKept()) return;
    base.current = cell;
    show(cell);
  });
  useEffect(() => follow(), [cell.version]);
  const leave = useEffectEvent(() => void save());
  useEffect(() => {
    editor.current?.focus();
    return () => leave();
  }, []);

  const run = async () => {
    if (!(await save())) return;
    if (isRunnable(base.current)) onRun(base.current);
    else onClose();
  };
  const close = async () => {
    if (await save()) onClose();
  };
  const isCode = cell.kind === "code";
  return (
    <div className="cell-editor">
      <input
        ref={title}
        className="cell-title-field"
        aria-label={t("titleOfCell", { position })}
        placeholder={isCode ? t("titleHint") : t("title")}
        defaultValue={base.current.title}
        maxLength={200}
        autoComplete="off"
        onChange={typed}
      />
      <CodeEditor
        // It has the texts of the language in which it began.
        key={i18n.language}
        ref={editor}
        label={isCode ? t("codeOfCell", { position }) : t("textOfCell", { position })}
        initialText={base.current.code}
        onRun={() => void run()}
        onChange={typed}
      />
      {theirs && (
        <div className="cell-conflict" role="alert">
          <p>{t("conflict")}</p>
          <ScrollBox label={t("theirs")}>{theirs.code}</ScrollBox>
          <button type="button" className="button small" onClick={() => choose(false)}>
            {t("takeTheirs")}
          </button>
          <button type="button" className="button small" onClick={() => choose(true)}>
            {t("keepMine")}
          </button>
        </div>
      )}
      {failure && (
        <p className="cell-failure" role="alert">
          {failure}
        </p>
      )}
      <div className="cell-editor-bar">
        <button type="button" className="button small" onClick={() => void close()}>
          {t("doneEditing")}
        </button>
      </div>
    </div>
  );
}
