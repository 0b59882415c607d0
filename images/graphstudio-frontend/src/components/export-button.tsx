import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import { saveFile } from "../save-file";
import { useWork } from "../use-work";
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
  const { isPending, failure, run } = useWork(async () =>
    saveFile(new Blob([...(await load())], { type: "application/x-ndjson" }), `${name}.jsonl`),
  );
  return (
    <>
      {failure !== undefined && <Notice>{describeFailure(failure)}</Notice>}
      <button type="button" className="button" aria-disabled={isPending} onClick={run}>
        {isPending ? t("exporting") : label}
      </button>
    </>
  );
}
