import { createHash } from "node:crypto";

/** Names as Kubernetes allows them. */

const LABEL_LENGTH = 63;
const PORT_LENGTH = 15;

/**
 * A name as a DNS label: lower case, dashes for characters that are not allowed, shortened with a hash. Empty if
 * nothing is left.
 */
export function dnsName(name: string, length = LABEL_LENGTH): string {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|(?<!-)-+$/g, "");
  if (label.length <= length) return label;
  return `${label.slice(0, length - 7).replace(/(?<!-)-+$/, "")}-${shortHash(name)}`;
}

/** A name that a Service may have: it begins with a letter. */
export function serviceName(name: string): string {
  const label = dnsName(name);
  return /^\d/.test(label) ? dnsName(`s-${name}`) : label;
}

/** A hash of six letters that distinguishes texts. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 6);
}

/**
 * A label for each text. Texts whose labels would be equal, empty or in use get a hash each, so that no label depends
 * on the order.
 */
export function distinctLabels(
  texts: Iterable<string>,
  labelOf: (text: string) => string = dnsName,
  isTaken: (label: string) => boolean = (label) => label === "",
): ReadonlyMap<string, string> {
  const all = [...new Set(texts)];
  const users = new Map<string, number>();
  for (const text of all) users.set(labelOf(text), (users.get(labelOf(text)) ?? 0) + 1);
  return new Map(
    all.map((text) => {
      const label = labelOf(text);
      const isOwn = users.get(label) === 1 && !isTaken(label);
      return [text, isOwn ? label : `${label.slice(0, LABEL_LENGTH - 8) || "x"}-${shortHash(text)}`];
    }),
  );
}

/** Ports with a well-known protocol; all others are assumed to be HTTP (E10). */
const PORT_NAMES: Readonly<Record<number, string>> = {
  53: "dns",
  443: "https",
  1883: "mqtt",
  2181: "zookeeper",
  3306: "mysql",
  4222: "nats",
  5432: "postgres",
  5672: "amqp",
  6379: "redis",
  8443: "https",
  9092: "kafka",
  11211: "memcached",
  27017: "mongo",
};

/** The name of a port: its own name, its protocol, or `http`. */
export function portBaseName(target: number, protocol: string, given: string | undefined): string {
  const own = dnsName(given ?? "", PORT_LENGTH);
  if (/[a-z]/.test(own)) return own.replace(/-+/g, "-");
  return PORT_NAMES[target] ?? (protocol === "TCP" ? "http" : protocol.toLowerCase());
}

/** Makes names unique by numbers: http, http-2, http-3; at most 15 characters each (E11). */
export function uniquePortNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name.slice(0, PORT_LENGTH).replace(/(?<!-)-+$/, "");
    for (let count = 2; taken.has(unique); count += 1) {
      const suffix = `-${count}`;
      unique = name.slice(0, PORT_LENGTH - suffix.length).replace(/(?<!-)-+$/, "") + suffix;
    }
    taken.add(unique);
    return unique;
  });
}

/** The usual port of well-known servers whose compose files name none, by the last part of the image's name. */
const IMAGE_PORTS: readonly (readonly [RegExp, number])[] = [
  [/^(postgres|postgis|pgvector|timescaledb|timescaledb-ha)$/, 5432],
  [/^(mysql|mariadb|percona)(-server)?$/, 3306],
  [/^(redis|valkey|keydb|redis-stack|redis-stack-server)$/, 6379],
  [/^(mongo|mongodb)$/, 27017],
  [/^rabbitmq$/, 5672],
  [/^memcached$/, 11211],
  [/^nats$/, 4222],
  [/^(elasticsearch|opensearch)$/, 9200],
  [/^qdrant$/, 6333],
  [/^neo4j$/, 7687],
  [/^minio$/, 9000],
  [/^zookeeper$/, 2181],
  [/^clickhouse(-server)?$/, 8123],
  [/^influxdb$/, 8086],
  [/^etcd$/, 2379],
  [/^(nginx|httpd|caddy|traefik)$/, 80],
];

/** The last part of an image's name, without its tag. */
export function imageName(image: string): string {
  return (image.split("@")[0] ?? "").split("/").pop()?.split(":")[0] ?? "";
}

/** The usual port of an image; undefined if it is not known. */
export function imagePort(image: string): number | undefined {
  return IMAGE_PORTS.find(([pattern]) => pattern.test(imageName(image)))?.[1];
}

/** The value of a label. */
export const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
/** The key of a label or an annotation: a name, with the domain of its owner before it. */
export const METADATA_KEY =
  /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** True for a label value that Kubernetes accepts. */
export function isLabel(key: string, value: string): boolean {
  return isMetadataKey(key) && LABEL_VALUE.test(value);
}

/** True for the key of a label or an annotation. */
export function isMetadataKey(key: string): boolean {
  return METADATA_KEY.test(key) && key.indexOf("/") <= 253;
}
