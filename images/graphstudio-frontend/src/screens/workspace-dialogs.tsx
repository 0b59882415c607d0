import { Trans, useTranslation } from "react-i18next";
import type { Workspace } from "../api/types";
import { ConfirmDialog } from "../components/confirm-dialog";
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
  return (
    <ConfirmDialog
      title={<Trans t={t} i18nKey="deleteQuestion" components={{ workspace: <Name text={workspace.name} /> }} />}
      action={t("deleteWorkspace")}
      danger
      onConfirm={async () => {
        await api.deleteWorkspace(workspace.id);
        onDeleted();
      }}
      onClose={onClose}
    >
      <p>{t("deleteText")}</p>
    </ConfirmDialog>
  );
}
