import { type ChangeEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "../../../components/field";
import { Notice } from "../../../components/notice";
import { composeExample } from "../../../i18n/untranslated";
import { plainName } from "../../../unseen";
import { type DraftFile, type FileRole, fileRoles, withFile } from "./draft";

/** The studio's proxy takes no more. */
const MOST_BYTES = 1024 * 1024;

/** What stands in a field that is empty. */
const examples: Partial<Record<FileRole, string>> = { compose: composeExample };

export interface FileListProps {
  readonly files: readonly DraftFile[];
  readonly onFiles: (files: readonly DraftFile[]) => void;
}

/** Files of a project: pasted, or uploaded, several at once. */
export function FileList({ files, onFiles }: FileListProps) {
  const { t } = useTranslation("deploy");
  const id = useId();
  const [tooLarge, setTooLarge] = useState<string>();
  const upload = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const chosen = [...(target.files ?? [])];
    const large = chosen.find(({ size }) => size > MOST_BYTES);
    setTooLarge(large?.name);
    if (large) return;
    const texts = await Promise.all(chosen.map(async (file) => ({ name: file.name, text: await file.text() })));
    onFiles(texts.reduce<readonly DraftFile[]>((all, { name, text }) => withFile(all, name, text), files));
    // The same file can be chosen again after it was changed.
    target.value = "";
  };
  const change = (file: DraftFile, more: Partial<DraftFile>) =>
    onFiles(files.map((one) => (one === file ? { ...file, ...more } : one)));
  const moveUp = (index: number) =>
    onFiles(files.map((file, at) => files[at === index ? at - 1 : at === index - 1 ? at + 1 : at] ?? file));
  return (
    <div className="files">
      <div className="field">
        <label htmlFor={`${id}-upload`}>{t("upload")}</label>
        <input id={`${id}-upload`} type="file" multiple onChange={(event) => void upload(event)} />
        <p className="hint">{t("uploadHint")}</p>
      </div>
      {tooLarge !== undefined && <Notice>{t("tooLarge", { name: plainName(tooLarge) })}</Notice>}
      {files.map((file, index) => (
        <fieldset className="file" key={file.id} data-testid="file">
          <legend className="visually-hidden">{plainName(file.name)}</legend>
          <div className="columns">
            <Field
              label={t("path")}
              value={file.name}
              maxLength={255}
              autoComplete="off"
              onChange={({ target }) => change(file, { name: target.value })}
            />
            <div className="filter">
              <label>
                {t("role")}
                <select
                  value={file.role}
                  onChange={({ target }) => change(file, { role: fileRoles[target.selectedIndex] ?? file.role })}
                >
                  {fileRoles.map((role) => (
                    <option key={role} value={role}>
                      {t(`roles.${role}`)}
                    </option>
                  ))}
                </select>
              </label>
            </div>
          </div>
          <div className="field">
            <label htmlFor={`${id}-${file.id}`}>{t("text")}</label>
            <textarea
              id={`${id}-${file.id}`}
              value={file.text ?? ""}
              spellCheck={false}
              autoComplete="off"
              placeholder={examples[file.role]}
              aria-describedby={file.text === null ? `${id}-${file.id}-kept` : undefined}
              onChange={({ target }) => change(file, { text: target.value })}
            />
            {file.text === null && (
              <p className="hint" id={`${id}-${file.id}-kept`}>
                {t("textKept")}
              </p>
            )}
          </div>
          {files.length > 1 && (
            <div className="actions">
              {index > 0 && (
                <button
                  type="button"
                  className="button small"
                  aria-label={t("moveUpNamed", { name: file.name })}
                  onClick={() => moveUp(index)}
                >
                  {t("moveUp")}
                </button>
              )}
              <button
                type="button"
                className="button small"
                aria-label={t("removeNamed", { name: file.name })}
                onClick={() => onFiles(files.filter((one) => one !== file))}
              >
                {t("remove")}
              </button>
            </div>
          )}
        </fieldset>
      ))}
      <button
        type="button"
        className="button"
        onClick={() => onFiles(withFile(files, `file-${files.length + 1}.yaml`, ""))}
      >
        {t("addFile")}
      </button>
    </div>
  );
}
