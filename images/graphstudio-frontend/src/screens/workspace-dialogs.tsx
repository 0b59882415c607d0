import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Workspace } from "../api/types";
import { Dialog } from "../components/dialog";
import { Field } from "../components/field";
import { Name } from "../components/name";
import { Notice } from "../components/notice";
import { PlanHint } from "../components/plan-hint";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { ExampleList } from "./example-list";

export interface CreateDialogProps {
  readonly onClose: () => void;
  readonly onCreated: (workspace: Workspace) => void;
}

export function CreateDialog({ onClose, onCreated }: CreateDialogProps) {
  const { t } = useTranslation("workspaces");
  const { api } = useSession();
  const form = useForm(
    ["name"],
    ({ name }) => (name.trim() ? {} : { name: t("nameMissing") }),
    async ({ name }) => onCreated(await api.createWorkspace(name.trim())),
  );
  return (
    <Dialog title={t("newWorkspace")} onClose={onClose}>
      {form.failure && (
        <Notice>
          {form.failure} {form.isLimit && <PlanHint />}
        </Notice>
      )}
      <form onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("workspaceName")}
          name="name"
          maxLength={100}
          autoComplete="off"
          autoFocus
          hint={t("nameHint")}
          error={form.fields.name}
        />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" className="button primary" aria-disabled={form.pending}>
            {form.pending ? t("creating") : t("create")}
          </button>
        </div>
      </form>
      <ExampleList onCreated={onCreated} />
    </Dialog>
  );
}

export interface DeleteDialogProps {
  readonly workspace: Workspace;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

export function DeleteDialog({ workspace, onClose, onDeleted }: DeleteDialogProps) {
  const { t } = useTranslation("workspaces");
  const { api } = useSession();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<string>();

  const remove = () => {
    if (pending) return;
    setPending(true);
    setFailure(undefined);
    api
      .deleteWorkspace(workspace.id)
      .then(onDeleted)
      .catch((error: unknown) => {
        setPending(false);
        setFailure(describeFailure(error));
      });
  };
  return (
    <Dialog
      title={<Trans t={t} i18nKey="deleteQuestion" components={{ workspace: <Name text={workspace.name} /> }} />}
      onClose={onClose}
    >
      <p>{t("deleteText")}</p>
      {failure && <Notice>{failure}</Notice>}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose} autoFocus>
          {t("keep")}
        </button>
        <button type="button" className="button danger" onClick={remove} aria-disabled={pending}>
          {pending ? t("deleting") : t("deleteWorkspace")}
        </button>
      </div>
    </Dialog>
  );
}
