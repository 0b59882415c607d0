import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Amount, ServiceSpec } from "../../../api/deployment-types";
import { Field } from "../../../components/field";
import { serviceTypes } from "../../../i18n/untranslated";
import { linesOf, pairsOf, textOrNothing, wholeNumber } from "./service-values";

const bounds = ["requests", "limits"] as const;
const amounts = ["cpu", "memory"] as const;

export interface ServiceFormProps {
  readonly service: string;
  readonly spec: ServiceSpec;
  readonly onSpec: (spec: ServiceSpec) => void;
}

/** How a service runs; every field that is empty is as the file says. */
export function ServiceForm({ service, spec, onSpec }: ServiceFormProps) {
  const { t } = useTranslation("deploy");
  const set = (more: Partial<ServiceSpec>) => onSpec(withoutNothing({ ...spec, ...more }));
  const { resources = {}, ingress, autoscaling } = spec;
  const setAmount = (which: "requests" | "limits", more: Amount) =>
    set({ resources: { ...resources, [which]: { ...resources[which], ...more } } });
  return (
    <div className="service-form">
      <Group label={t("group.pods")}>
        <Number
          label={t("replicas")}
          hint={t("replicasHint")}
          value={spec.replicas}
          onValue={(replicas) => set({ replicas })}
        />
        <Number
          label={t("mostPods")}
          hint={t("mostPodsHint")}
          value={autoscaling?.max_replicas}
          onValue={(most) =>
            set({ autoscaling: most === undefined ? undefined : { ...autoscaling, max_replicas: most } })
          }
        />
        {autoscaling && (
          <>
            <Number
              label={t("fewestPods")}
              value={autoscaling.min_replicas}
              onValue={(fewest) => set({ autoscaling: { ...autoscaling, min_replicas: fewest } })}
            />
            <Number
              label={t("cpuPercent")}
              value={autoscaling.cpu_percent}
              onValue={(percent) => set({ autoscaling: { ...autoscaling, cpu_percent: percent } })}
            />
          </>
        )}
        <Text label={t("namespace")} value={spec.namespace} onValue={(namespace) => set({ namespace })} />
        <Text label={t("image")} value={spec.image} onValue={(image) => set({ image })} />
      </Group>
      <Group label={t("group.resources")}>
        {bounds.flatMap((which) =>
          amounts.map((what) => (
            <Text
              key={`${which} ${what}`}
              label={t(`${which}.${what}`)}
              hint={t(`amountHint.${what}`)}
              value={resources[which]?.[what]}
              onValue={(amount) => setAmount(which, { [what]: amount })}
            />
          )),
        )}
      </Group>
      <Group label={t("group.reach")}>
        <Choice
          label={t("serviceType")}
          values={["", ...serviceTypes]}
          value={spec.service_type ?? ""}
          nameOf={(type) => (type === "" ? t("asFile") : type)}
          onValue={(type) => set({ service_type: type === "" ? undefined : type })}
        />
        <Choice
          label={t("probes")}
          values={["file", "path", "off"]}
          value={spec.health_check_path === null ? "off" : spec.health_check_path === undefined ? "file" : "path"}
          nameOf={(way) => (way === "file" ? t("asFile") : t(`probe.${way}`))}
          onValue={(way) => set({ health_check_path: way === "off" ? null : way === "file" ? undefined : "/" })}
        />
        {typeof spec.health_check_path === "string" && (
          <Text
            label={t("probePath")}
            value={spec.health_check_path}
            onValue={(path) => set({ health_check_path: path ?? "" })}
          />
        )}
        <Choice
          label={t("ingress")}
          values={["file", "on", "off"]}
          value={ingress === undefined ? "file" : ingress.enabled === false ? "off" : "on"}
          nameOf={(way) => (way === "file" ? t("asFile") : t(`ingressIs.${way}`))}
          onValue={(way) => set({ ingress: way === "file" ? undefined : { ...ingress, enabled: way === "on" } })}
        />
        {ingress && ingress.enabled !== false && (
          <>
            <Text
              label={t("host")}
              hint={t("hostHint")}
              value={ingress.host}
              onValue={(host) => set({ ingress: { ...ingress, host } })}
            />
            <Text
              label={t("ingressPath")}
              value={ingress.path}
              onValue={(path) => set({ ingress: { ...ingress, path } })}
            />
            <Text
              label={t("ingressClass")}
              value={ingress.class_name}
              onValue={(name) => set({ ingress: { ...ingress, class_name: name } })}
            />
            <label className="choice">
              <input
                type="checkbox"
                checked={ingress.tls !== undefined && ingress.tls !== false}
                onChange={({ target }) => set({ ingress: { ...ingress, tls: target.checked || undefined } })}
              />
              <span>{t("tls")}</span>
            </label>
            {ingress.tls !== undefined && ingress.tls !== false && (
              <Text
                label={t("tlsSecret")}
                hint={t("tlsSecretHint", { service })}
                value={typeof ingress.tls === "string" ? ingress.tls : undefined}
                onValue={(name) => set({ ingress: { ...ingress, tls: name ?? true } })}
              />
            )}
          </>
        )}
      </Group>
      <Group label={t("group.marks")}>
        <Pairs label={t("annotations")} value={spec.annotations} onValue={(annotations) => set({ annotations })} />
        <Pairs label={t("labels")} value={spec.labels} onValue={(labels) => set({ labels })} />
      </Group>
    </div>
  );
}

/** What is undefined is as the file says, and so is no setting. */
const withoutNothing = (spec: ServiceSpec): ServiceSpec => JSON.parse(JSON.stringify(spec)) as ServiceSpec;

function Group({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <fieldset className="group">
      <legend>{label}</legend>
      <div className="columns">{children}</div>
    </fieldset>
  );
}

interface ValueProps<Value> {
  readonly label: string;
  readonly hint?: string;
  readonly value: Value | undefined;
  readonly onValue: (value: Value | undefined) => void;
}

function Text({ label, hint, value, onValue }: ValueProps<string>) {
  return (
    <Field
      label={label}
      hint={hint}
      value={value ?? ""}
      autoComplete="off"
      spellCheck={false}
      onChange={({ target }) => onValue(textOrNothing(target.value))}
    />
  );
}

function Number({ label, hint, value, onValue }: ValueProps<number>) {
  return (
    <Field
      label={label}
      hint={hint}
      type="number"
      min={0}
      max={1000}
      value={value ?? ""}
      onChange={({ target }) => onValue(wholeNumber(target.value))}
    />
  );
}

/** Lines of `key=value`. */
function Pairs({ label, value, onValue }: ValueProps<Readonly<Record<string, string>>>) {
  const { t } = useTranslation("deploy");
  const id = useId();
  // What is typed may be half a line.
  const [text, setText] = useState(() => linesOf(value));
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        rows={3}
        spellCheck={false}
        value={text}
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => {
          setText(target.value);
          onValue(pairsOf(target.value));
        }}
      />
      <p className="hint" id={`${id}-hint`}>
        {t("pairsHint")}
      </p>
    </div>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly values: readonly Value[];
  readonly value: Value;
  readonly nameOf: (value: Value) => string;
  readonly onValue: (value: Value) => void;
}

function Choice<Value extends string>({ label, values, value, nameOf, onValue }: ChoiceProps<Value>) {
  return (
    <div className="filter">
      <label>
        {label}
        <select value={value} onChange={({ target }) => onValue(values[target.selectedIndex] ?? value)}>
          {values.map((one) => (
            <option key={one} value={one}>
              {nameOf(one)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
