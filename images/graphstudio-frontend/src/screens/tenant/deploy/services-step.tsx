import type { ServiceSpec } from "../../../api/deployment-types";
import { useTranslation } from "react-i18next";
import { Name } from "../../../components/name";
import type { Draft } from "./draft";
import { ServiceForm } from "./service-form";
import { StepActions, useStepTexts } from "./step-actions";

export interface ServicesStepProps {
  readonly services: readonly string[];
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  readonly onBack: () => void;
  readonly onNext: () => void;
}

/** The settings of each service that compose files do not have. */
export function ServicesStep({ services, draft, onDraft, onBack, onNext }: ServicesStepProps) {
  const { t } = useTranslation("deploy");
  const change = (service: string, { [service]: _before, ...others }: Draft["services"], spec: ServiceSpec) => {
    const isEmpty = JSON.stringify(spec) === "{}";
    onDraft({ ...draft, services: isEmpty ? others : { ...others, [service]: spec } });
  };
  return (
    <div className="step">
      <p className="entry-text">{t("servicesText")}</p>
      {services.map((service, index) => (
        <details className="service" key={service} open={index === 0} data-testid="service">
          <summary>
            <Name text={service} />
          </summary>
          <ServiceForm
            service={service}
            spec={draft.services[service] ?? {}}
            onSpec={(spec) => change(service, draft.services, spec)}
          />
        </details>
      ))}
      <StepActions {...useStepTexts()} onBack={onBack} onNext={onNext} />
    </div>
  );
}
