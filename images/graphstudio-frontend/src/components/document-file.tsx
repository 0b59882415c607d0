import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { fileFormats, type FileFormat, type WorkspaceDocument } from "../api/document";
import { describeFailure } from "../api/problem";
import { saveFile } from "../save-file";
import type { LiveDocument } from "../use-document";

export interface DocumentFileProps {
  readonly live: LiveDocument;
  readonly name: string;
  readonly mayWrite: boolean;
}

/** The services refuse more. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** Saves the document as a file, and replaces it by one. */
export function DocumentFile({ live, name, mayWrite }: DocumentFileProps) {
  const { t } = useTranslation("workspace");
  const input = useRef<HTMLInputElement>(null);
  const [failure, setFailure] = useState<string>();
  /** What a file has replaced, as a file. */
  const [before, setBefore] = useState<string>();

  const attempt = async (work: () => Promise<void>) => {
    setFailure(undefined);
    await work().catch((error: unknown) => setFailure(describeFailure(error)));
  };
  const save = (format: FileFormat) =>
    void attempt(async () => {
      const text = await live.api.file(format);
      saveFile(new Blob([text], { type: "text/plain" }), `${name.replace(/[^\p{L}\p{N}]+/gu, "-")}.${format}`);
    });
  const replace = async (text: string, { version }: WorkspaceDocument) => {
    await live.api.replace(text, version);
    await live.refresh();
  };
  const open = (file: File | undefined) =>
    void attempt(async () => {
      if (!file || !live.document) return;
      if (file.size > MAX_FILE_BYTES) return setFailure(t("fileTooLarge", { name: file.name }));
      const kept = await live.api.file("js");
      await replace(await file.text(), live.document);
      setBefore(kept);
    });
  const undo = () =>
    void attempt(async () => {
      if (before === undefined || !live.document) return;
      await replace(before, live.document);
      setBefore(undefined);
    });
  return (
    <details className="document-file">
      <summary className="button quiet small">{t("file")}</summary>
      <div className="document-file-menu">
        {fileFormats.map((format) => (
          <button key={format} type="button" className="button small" onClick={() => save(format)}>
            {t(`saveAs.${format}`)}
          </button>
        ))}
        {mayWrite && (
          <button type="button" className="button small" onClick={() => input.current?.click()}>
            {t("openFile")}
          </button>
        )}
        <input
          ref={input}
          type="file"
          accept=".js,.ipynb"
          hidden
          data-testid="document-file"
          onChange={({ target }) => {
            open(target.files?.[0]);
            target.value = "";
          }}
        />
        {failure !== undefined && (
          <p className="cell-failure" role="alert">
            {failure}
          </p>
        )}
        {before !== undefined && (
          <p role="status">
            {t("replaced")}{" "}
            <button type="button" className="link" onClick={undo}>
              {t("undo")}
            </button>
          </p>
        )}
      </div>
    </details>
  );
}
