import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { MappedVariable } from "../../../api/cluster-types";
import type { ProjectVariable } from "../../../api/deployment-types";
import { Name } from "../../../components/name";
import { variableKinds } from "../../../i18n/untranslated";
import { variableOf, withVariable, withoutVariable } from "./draft";
import type { VariableLine } from "./variable-rows";

export interface VariableRowProps {
  readonly row: VariableLine;
  /** What the last scan of the cluster found for it. */
  readonly found: MappedVariable | undefined;
  /** Those that have a value here. */
  readonly variables: readonly ProjectVariable[];
  /** The same as they were stored. */
  readonly stored: readonly ProjectVariable[];
  /** Names of targets that have another value. */
  readonly elsewhere: readonly string[];
  readonly onVariables: (variables: readonly ProjectVariable[]) => void;
}

export function VariableRow({ row, found, variables, stored, elsewhere, onVariables }: VariableRowProps) {
  const { t } = useTranslation(["deploy", "common"]);
  const id = useId();
  const { name, service, services } = row;
  const given = variableOf(variables, name, service);
  const secret = given?.secret ?? row.kind === variableKinds[1];
  const value = given ? given.value : row.value;
  // A secret that nobody entered just now is not known here, and so cannot be moved.
  const isKnown = value !== null || given !== undefined;
  const source = given?.source ?? row.source;
  const give = (more: Partial<ProjectVariable>) =>
    onVariables(withVariable(variables, { name, service, value, source: "manual", secret, ...given, ...more }));
  const type = (text: string) => {
    const isKept = variableOf(stored, name, service) !== undefined;
    // An empty field of a secret leaves it as it was.
    if (secret && text === "" && isKept) give({ value: null });
    else if (secret && text === "") onVariables(withoutVariable(variables, name, service));
    else give({ value: text, source: "manual" });
  };
  const label = service === null ? name : `${name} (${service})`;
  return (
    <tr data-testid="variable">
      <td className="cell-name">
        <code>{name}</code>
        {row.isMissing && <strong className="ended"> {t("missing")}</strong>}
        <p className="entry-text">
          <Name text={services.join(" ")} />
        </p>
        {elsewhere.length > 0 && (
          <p className="entry-text">{t("elsewhere", { names: elsewhere.join(t("common:comma")) })}</p>
        )}
      </td>
      <td data-label={t("value")}>
        <input
          className="variable-value"
          type={secret ? "password" : "text"}
          aria-label={t("valueOf", { name: label })}
          autoComplete="off"
          spellCheck={false}
          placeholder={secret && !row.isMissing ? t("secretKept") : undefined}
          value={value ?? ""}
          onChange={({ target }) => type(target.value)}
        />
        {found && found.value !== null && found.value !== value && (
          <button
            type="button"
            className="link"
            onClick={() => give({ value: found.value, source: "discovery" })}
            aria-label={t("useFoundNamed", { name: label })}
            aria-describedby={`${id}-found`}
          >
            {t("useFound")}
          </button>
        )}
        {found && found.value !== null && (
          <p className="entry-text" id={`${id}-found`}>
            <code>{found.value}</code> {found.from}
          </p>
        )}
      </td>
      <td data-label={t("from")}>
        {source === undefined ? t("fromNowhere") : t(`source.${source}`)}
        {given && (
          <p>
            <button
              type="button"
              className="link"
              aria-label={t("resetNamed", { name: label })}
              onClick={() => onVariables(withoutVariable(variables, name, service))}
            >
              {t("reset")}
            </button>
          </p>
        )}
      </td>
      <td data-label={t("goesInto")}>
        <select
          className="role"
          aria-label={t("kindOf", { name: label })}
          value={secret ? variableKinds[1] : variableKinds[0]}
          disabled={!isKnown}
          onChange={({ target }) => give({ secret: target.selectedIndex === 1 })}
        >
          {variableKinds.map((kind) => (
            <option key={kind}>{kind}</option>
          ))}
        </select>
        <p className="entry-text">
          {!isKnown ? t("whyFixed") : given ? t("why.marked") : row.why !== undefined && t(`why.${row.why}`)}
        </p>
      </td>
    </tr>
  );
}
