import { useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Workspace } from "../api/types";
import { Notice } from "../components/notice";
import { exampleFile } from "../examples";
import { type ExampleName, exampleNames } from "../i18n/untranslated-examples";
import { useSession } from "../session";

/** Workspaces that are made with a click, and have something to run. */
export function ExampleList({ onCreated }: { readonly onCreated: (workspace: Workspace) => void }) {
  const { t } = useTranslation("examples");
  const { api } = useSession();
  const [pending, setPending] = useState<ExampleName>();
  const [failure, setFailure] = useState<string>();
  const make = async (name: ExampleName) => {
    const workspace = await api.createWorkspace(t(`names.${name}`));
    try {
      await api.document(workspace.id).replace(exampleFile(name), 0);
    } catch (error) {
      // Without its cells it is of no use to anybody.
      await api.deleteWorkspace(workspace.id).catch(() => undefined);
      throw error;
    }
    onCreated(workspace);
  };
  const open = (name: ExampleName) => {
    if (pending) return;
    setPending(name);
    setFailure(undefined);
    make(name).catch((error: unknown) => {
      setFailure(describeFailure(error));
      setPending(undefined);
    });
  };
  return (
    <section className="example-list" aria-label={t("title")}>
      <p>{pending ? t("opening") : t("title")}</p>
      {failure !== undefined && <Notice>{failure}</Notice>}
      <ul className="examples">
        {exampleNames.map((name) => (
          <li key={name}>
            <button
              type="button"
              className="button small"
              aria-disabled={pending !== undefined}
              onClick={() => open(name)}
            >
              {t(`names.${name}`)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
