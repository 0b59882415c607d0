import { useTranslation } from "react-i18next";
import type { Deployment, Workload } from "../../../api/deployment-types";
import { Dialog } from "../../../components/dialog";
import { Field } from "../../../components/field";
import { Notice } from "../../../components/notice";
import { useSession } from "../../../session";
import { useForm } from "../../../use-form";

export interface ScaleDialogProps {
  readonly deployment: Deployment;
  readonly workload: Workload;
  readonly onDone: () => Promise<void>;
  readonly onClose: () => void;
}

const MOST_PODS = 1000;
const isCount = (text: string) => /^\d{1,4}$/.test(text.trim()) && Number(text) <= MOST_PODS;

/** Asks how many pods a service shall have. */
export function ScaleDialog({ deployment, workload: { name, desired }, onDone, onClose }: ScaleDialogProps) {
  const { t } = useTranslation(["deployments", "tenant"]);
  const { deployments } = useSession().api;
  const form = useForm(
    ["replicas"],
    ({ replicas }) => (isCount(replicas) ? {} : { replicas: t("replicasWrong") }),
    async ({ replicas }) => {
      await deployments.scale(deployment, name, Number(replicas));
      await onDone();
    },
  );
  return (
    <Dialog title={t("scaleTitle", { name })} onClose={onClose}>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("replicas")}
          name="replicas"
          type="number"
          min={0}
          max={MOST_PODS}
          defaultValue={desired}
          hint={t("scaleText")}
          error={form.fields.replicas}
          autoFocus
        />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {t("tenant:cancel")}
          </button>
          <button type="submit" className="button primary" aria-disabled={form.pending}>
            {t("scale")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
