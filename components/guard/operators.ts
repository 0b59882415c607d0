import { type PlannedObject, resourceOf } from "./planned-object";

/** What installs the kinds of a group, as its project documents it. */
const OPERATORS: Readonly<
  Record<string, { readonly title: string; readonly manifest: string; readonly needs?: string }>
> = {
  "postgresql.cnpg.io": {
    title: "CloudNativePG",
    manifest: "https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/release-1.30/releases/cnpg-1.30.0.yaml",
  },
  "barmancloud.cnpg.io": {
    title: "its Barman Cloud plugin",
    manifest: "https://github.com/cloudnative-pg/plugin-barman-cloud/releases/latest/download/manifest.yaml",
    needs: " (it needs cert-manager)",
  },
};

/** Which definition a cluster lacks, and what installs it; undefined for kinds that come with Kubernetes. */
export function missingOperator(object: PlannedObject, context: string): string | undefined {
  const operator = OPERATORS[object.apiVersion.split("/")[0] ?? ""];
  if (!operator) return undefined;
  const { title, manifest, needs = "" } = operator;
  return (
    `Context ${context}: the cluster has no CustomResourceDefinition ${resourceOf(object)} with the version ` +
    `${object.apiVersion.split("/")[1] ?? ""}, which comes with ${title}. ` +
    `Fix: kubectl --context ${context} apply --server-side -f ${manifest}${needs}`
  );
}
