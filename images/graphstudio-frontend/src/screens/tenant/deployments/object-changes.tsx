import { useTranslation } from "react-i18next";
import type { FieldChange, ObjectChange } from "../../../api/deployment-types";
import { Notice } from "../../../components/notice";

const textOfValue = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Objects that change, by their fields; those that stay as they are last. */
export function ObjectChanges({ objects }: { readonly objects: readonly ObjectChange[] }) {
  const { t } = useTranslation("deployments");
  const changing = objects.filter(({ change }) => change !== "unchanged");
  const same = objects.length - changing.length;
  return (
    <>
      {changing.length > 0 && (
        <ul className="findings" aria-label={t("changes")}>
          {changing.map(({ id, change, fields, refusal }) => (
            <li key={`${id.kind} ${id.namespace ?? ""}/${id.name}`} data-testid="change">
              <span className={`change-${change}`}>{t(`change.${change}`)}</span>{" "}
              <strong>
                {id.kind} {id.name}
              </strong>
              {refusal !== undefined && <Notice>{refusal}</Notice>}
              {fields.length > 0 && (
                <dl className="field-changes">
                  {fields.map((field) => (
                    <Field key={field.path} field={field} />
                  ))}
                </dl>
              )}
            </li>
          ))}
        </ul>
      )}
      {same > 0 && <p className="entry-text">{t("unchanged", { count: same })}</p>}
    </>
  );
}

function Field({ field: { path, before, after, secret } }: { readonly field: FieldChange }) {
  const { t } = useTranslation("deployments");
  return (
    <div>
      <dt>
        <code>{path}</code>
      </dt>
      {secret ? (
        <dd>{t("secretChanged")}</dd>
      ) : (
        <dd>
          {before !== undefined && (
            <del>
              <span className="visually-hidden">{t("before")}</span>
              {textOfValue(before)}
            </del>
          )}{" "}
          {after !== undefined && (
            <ins>
              <span className="visually-hidden">{t("after")}</span>
              {textOfValue(after)}
            </ins>
          )}
        </dd>
      )}
    </div>
  );
}
