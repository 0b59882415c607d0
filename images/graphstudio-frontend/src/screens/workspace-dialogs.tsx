import { useState } from "react";
import { describeFailure } from "../api/problem";
import type { Workspace } from "../api/types";
import { Dialog } from "../components/dialog";
import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { useSession } from "../session";
import { useForm } from "../use-form";

export interface CreateDialogProps {
  readonly onClose: () => void;
  readonly onCreated: (workspace: Workspace) => void;
}

export function CreateDialog({ onClose, onCreated }: CreateDialogProps) {
  const { api } = useSession();
  const form = useForm(
    ["name"],
    ({ name }) => (name.trim() ? {} : { name: "Give the workspace a name" }),
    async ({ name }) => onCreated(await api.createWorkspace(name.trim())),
  );
  return (
    <Dialog title="New workspace" onClose={onClose}>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <Field
          label="Workspace name"
          name="name"
          maxLength={100}
          autoComplete="off"
          autoFocus
          hint="Such as “Pricing model”; names need not be unique"
          error={form.fields.name}
        />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" aria-disabled={form.pending}>
            {form.pending ? "Creating…" : "Create workspace"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export interface DeleteDialogProps {
  readonly workspace: Workspace;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

export function DeleteDialog({ workspace, onClose, onDeleted }: DeleteDialogProps) {
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
      title={
        <>
          Delete “<bdi>{workspace.name}</bdi>”?
        </>
      }
      onClose={onClose}
    >
      <p>Its variables and everything it holds are gone for good. This cannot be undone.</p>
      {failure && <Notice>{failure}</Notice>}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose} autoFocus>
          Keep it
        </button>
        <button type="button" className="button danger" onClick={remove} aria-disabled={pending}>
          {pending ? "Deleting…" : "Delete workspace"}
        </button>
      </div>
    </Dialog>
  );
}
