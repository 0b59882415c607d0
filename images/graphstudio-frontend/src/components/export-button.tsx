import { useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import { saveFile } from "../save-file";
import { Notice } from "./notice";

export interface ExportButtonProps {
  readonly label: string;
  /** The name of the file, without its ending. */
  readonly name: string;
  readonly load: () => Promise<readonly Blob[]>;
}

/** Saves what services export as one file of JSON lines. */
export function ExportButton({ label, name, load }: ExportButtonProps) {
  const { t } = useTranslation("deletion");
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  const save = () => {
    if (pending) return;
    setPending(true);
    setError(undefined);
    load()
      .then((parts) => saveFile(new Blob([...parts], { type: "application/x-ndjson" }), `${name}.jsonl`))
      .catch(setError)
      .finally(() => setPending(false));
  };
  return (
    <>
      {error !== undefined && <Notice>{describeFailure(error)}</Notice>}
      <button type="button" className="button" aria-disabled={pending} onClick={save}>
        {pending ? t("exporting") : label}
      </button>
    </>
  );
}
