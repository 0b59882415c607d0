import { useEffect, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { Cluster, Finding, ScanEvent } from "../../api/cluster-types";
import { Dialog } from "../../components/dialog";
import { Field } from "../../components/field";
import { Name } from "../../components/name";
import { Notice } from "../../components/notice";
import { useSession } from "../../session";
import { useForm } from "../../use-form";
import { Findings } from "./findings";
import { namesIn } from "./names-in";

export interface ClusterScanProps {
  readonly cluster: Cluster;
  readonly onDone: () => Promise<void>;
  readonly onClose: () => void;
}

/** Scans a cluster and shows what is found while it is found. Closing it ends the scan. */
export function ClusterScan({ cluster, onDone, onClose }: ClusterScanProps) {
  const { t } = useTranslation(["clusters", "common"]);
  const { clusters } = useSession().api;
  const { own, namespace } = cluster;
  const [findings, setFindings] = useState<readonly Finding[]>([]);
  const [last, setLast] = useState<Exclude<ScanEvent, { kind: "finding" }>>();
  const [isCutOff, setCutOff] = useState(false);
  const leaving = useRef(new AbortController());
  // Strict mode mounts twice.
  useEffect(() => {
    leaving.current = new AbortController();
    return () => leaving.current.abort();
  }, []);
  const scan = async (namespaces: readonly string[]) => {
    const { signal } = leaving.current;
    setFindings([]);
    setLast(undefined);
    setCutOff(false);
    let end: ScanEvent | undefined;
    try {
      for await (const event of clusters.scan(cluster.cluster_id, namespaces, signal)) {
        if (event.kind === "finding") setFindings((before) => [...before, event]);
        else setLast(event);
        end = event;
      }
    } catch (error) {
      if (signal.aborted) return;
      // Before the first event the server says why; after it the connection broke.
      if (!end) throw error;
    }
    setCutOff(end?.kind !== "end" && end?.kind !== "failed");
    await onDone();
  };
  const form = useForm(
    ["namespaces"],
    ({ namespaces }) => (own || namesIn(namespaces).length > 0 ? {} : { namespaces: t("namespacesMissing") }),
    ({ namespaces }) => scan(namesIn(namespaces)),
  );
  const count = findings.filter(({ verdict }) => verdict === "confirmed").length;
  return (
    <Dialog
      title={<Trans t={t} i18nKey="scanTitle" components={{ cluster: <Name text={cluster.name} /> }} />}
      onClose={onClose}
    >
      <p className="entry-text">
        {own ? (namespace === "" ? t("scanNothing") : t("scanOwn", { namespace })) : t("scanText")}
      </p>
      {form.failure && <Notice>{form.failure}</Notice>}
      {last?.kind === "failed" && <Notice>{last.detail}</Notice>}
      {isCutOff && <Notice>{t("cutOff")}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        {!own && (
          <Field
            label={t("namespaces")}
            name="namespaces"
            defaultValue={namespace}
            autoComplete="off"
            hint={t("namespacesHint")}
            error={form.fields.namespaces}
            autoFocus
          />
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {form.pending ? t("stop") : t("common:close")}
          </button>
          {!(own && namespace === "") && (
            <button type="submit" className="button primary" aria-disabled={form.pending}>
              {form.pending ? t("scanning") : t("scan")}
            </button>
          )}
        </div>
      </form>
      <p className="entry-text" role="status">
        {last?.kind === "progress" && last.text}
        {last?.kind === "end" && t("scanDone", { count })}
      </p>
      {last?.kind === "end" && findings.length === 0 && <p className="entry-text">{t("nothing")}</p>}
      {findings.length > 0 && <Findings name={cluster.name} findings={findings} />}
      {last?.kind === "end" &&
        last.notes.map((note) => (
          <p className="entry-text" key={note}>
            {note}
          </p>
        ))}
    </Dialog>
  );
}
