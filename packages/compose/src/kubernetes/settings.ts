import type { LossReport } from "../losses";
import { distinctLabels, dnsName } from "../names";
import type { FileSet, Service, Variable } from "../model/types";
import { type KubernetesObject, metadataOf, type Target } from "./objects";

const KEY = /^(?!\.\.|\.$)[-._A-Za-z0-9]{1,253}$/;

/** ConfigMap and Secret of a service's environment (E6, E7), and how containers read them. */
export function environmentObjects(service: Service, target: Target, report: LossReport) {
  const usable = service.environment.filter(({ name }) => {
    if (/^\d/.test(name) && KEY.test(name))
      report.add(service.name, "environment", name, "nodes before Kubernetes 1.32 leave it out", "rename it");
    if (KEY.test(name)) return true;
    report.add(service.name, "environment", name, "Kubernetes does not accept this name", "rename it");
    return false;
  });
  const [secret, plain] = [usable.filter((one) => one.secret), usable.filter((one) => !one.secret)];
  const [configName, secretName] = [dnsName(`${target.name}-config`), dnsName(`${target.name}-secret`)];
  const objects: KubernetesObject[] = [
    ...(plain.length > 0 ? [configMap(metadataOf(target, "settings", configName), texts(plain))] : []),
    ...(secret.length > 0 ? [secretObject(metadataOf(target, "settings", secretName), texts(secret))] : []),
  ];
  const envFrom = [
    ...(plain.length > 0 ? [{ configMapRef: { name: configName } }] : []),
    ...(secret.length > 0 ? [{ secretRef: { name: secretName } }] : []),
  ];
  return { objects, envFrom };
}

function texts(variables: readonly Variable[]): ReadonlyMap<string, Buffer> {
  return new Map(variables.map(({ name, value }) => [name, Buffer.from(value)]));
}

function configMap(metadata: KubernetesObject["metadata"], content: ReadonlyMap<string, Buffer>): KubernetesObject {
  const entries = [...content];
  const data = entries.filter(([, value]) => isText(value)).map(([key, value]) => [key, value.toString("utf8")]);
  const binary = entries.filter(([, value]) => !isText(value)).map(([key, value]) => [key, value.toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    ...(data.length > 0 ? { data: Object.fromEntries(data) as Record<string, string> } : {}),
    ...(binary.length > 0 ? { binaryData: Object.fromEntries(binary) as Record<string, string> } : {}),
  };
}

function isText(value: Buffer): boolean {
  return !value.includes(0) && Buffer.from(value.toString("utf8")).equals(value);
}

function secretObject(metadata: KubernetesObject["metadata"], content: ReadonlyMap<string, Buffer>): KubernetesObject {
  const data = Object.fromEntries([...content].map(([key, value]) => [key, value.toString("base64")]));
  return { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data };
}

/** Name of the object that holds a file set. */
export function fileSetName(set: FileSet): string {
  if (set.external !== undefined) return set.external;
  return dnsName(`${set.kind === "bind" ? "file" : set.kind}-${set.name.replaceAll(".", "-")}`);
}

/** Keys of files in their object; a key may not contain a slash. */
export function fileKeys({ files }: FileSet): ReadonlyMap<string, string> {
  return distinctLabels(files.keys(), fileKey, (key) => key.startsWith(".."));
}

/** Key of the only file in its object. */
function fileKey(file: string): string {
  return file.replaceAll("/", "__").replace(/[^-._A-Za-z0-9]/g, "-");
}

/** ConfigMap or Secret of a file set; undefined if it is external. */
export function fileSetObject(set: FileSet, target: Target): KubernetesObject | undefined {
  if (set.external !== undefined) return undefined;
  const metadata = metadataOf(target, "files", fileSetName(set));
  const keys = fileKeys(set);
  const content = new Map([...set.files].map(([file, value]) => [keys.get(file) ?? file, value]));
  return set.secret ? secretObject(metadata, content) : configMap(metadata, content);
}
