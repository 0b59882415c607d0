import { ApiRefusal, type ApiTransport, type ClusterCredential, connectToPod, readAll } from "@nexus/clusters";
import { type ClusterApi, forbiddenText, type Listed } from "@nexus/discovery";
import { z } from "zod";

/** Maximum number of objects of one list: a project has some dozens, and each is compared with each. */
export const MAX_OBJECTS = 500;
/** All answers of a scan together; those of a usual namespace have less than 1 MiB. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Read and checked in one go, so that others do not wait for long. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** A page of pods with everything that controllers write into them is smaller than that. */
const PAGE_SIZE = 100;

const text = z.string().max(1024);
const number = z.int();
const labels = z.record(text, text).nullish();
const conditions = z.array(z.object({ type: text, status: text })).nullish();
const metadata = z.object({ name: text, namespace: text.nullish(), labels }).partial();

/** Only what a scan looks at is kept: the rest of the objects would fill the memory. */
const kinds: { readonly [Kind in keyof Listed]: z.ZodType } = {
  services: z.object({
    metadata,
    spec: z
      .object({
        type: text.nullish(),
        clusterIP: text.nullish(),
        selector: labels,
        ports: z
          .array(
            z.object({
              name: text.nullish(),
              port: number,
              targetPort: z.union([number, text]).nullish(),
              nodePort: number.nullish(),
              protocol: text.nullish(),
            }),
          )
          .nullish(),
      })
      .nullish(),
    status: z
      .object({
        loadBalancer: z
          .object({ ingress: z.array(z.object({ ip: text.nullish(), hostname: text.nullish() })).nullish() })
          .nullish(),
      })
      .nullish(),
  }),
  pods: z.object({
    metadata,
    spec: z
      .object({
        nodeName: text.nullish(),
        containers: z
          .array(
            z.object({
              image: text.nullish(),
              ports: z.array(z.object({ name: text.nullish(), containerPort: number })).nullish(),
            }),
          )
          .nullish(),
      })
      .nullish(),
    status: z.object({ conditions }).nullish(),
  }),
  "endpointslices.discovery.k8s.io": z.object({
    metadata,
    ports: z.array(z.object({ name: text.nullish(), port: number.nullish() })).nullish(),
    endpoints: z
      .array(
        z.object({
          conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
          nodeName: text.nullish(),
          targetRef: z.object({ kind: text.nullish(), name: text.nullish() }).nullish(),
        }),
      )
      .nullish(),
  }),
  nodes: z.object({
    metadata,
    status: z.object({ addresses: z.array(z.object({ type: text, address: text })).nullish(), conditions }).nullish(),
  }),
  namespaces: z.object({ metadata }),
};
const page = (kind: keyof Listed) =>
  z.object({ items: z.array(kinds[kind]).nullish(), metadata: z.object({ continue: text.nullish() }).nullish() });
const version = z.object({ gitVersion: text });

/** Lists have the name of their kind, below their group. */
function pathOf(kind: keyof Listed, namespace: string | undefined): string {
  const [resource = "", ...group] = kind.split(".");
  const root = group.length > 0 ? `/apis/${group.join(".")}/v1` : "/api/v1";
  return `${root}${namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`;
}

/**
 * A tenant's cluster, as a scan reads it: only over connections that the transport checked. Addresses outside of the
 * cluster are not contacted, because they are the tenant's choice.
 */
export function scanApi(transport: ApiTransport, credential: ClusterCredential, signal: AbortSignal): ClusterApi {
  let bytes = 0;
  const get = async <Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> => {
    const answer = await transport.request(path, { method: "GET", signal });
    const body = await readAll(answer);
    bytes += body.length;
    if (bytes > MAX_BYTES) throw new Error("its answers are too large for a scan");
    if (answer.status !== 200) throw Object.assign(new Error(`HTTP ${answer.status}`), { code: answer.status });
    const parsed = schema.safeParse(json(body.toString("utf8")));
    if (!parsed.success) throw new Error("it answers as no API server does");
    return parsed.data;
  };
  const { context, server, user, cluster, namespace: own } = credential;
  return {
    target: { context, server, user },
    names: { name: cluster, namespace: own },
    maxObjects: MAX_OBJECTS,
    version: async () => (await get("/version", version)).gitVersion,
    page: async <Kind extends keyof Listed>(kind: Kind, namespace: string | undefined, next: string | undefined) => {
      const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(next && { continue: next }) });
      const { items, metadata: about } = await get(`${pathOf(kind, namespace)}?${query}`, page(kind));
      return { items: (items ?? []) as Listed[Kind][], next: about?.continue ?? undefined };
    },
    requireNamespace: (name) => get(`/api/v1/namespaces/${encodeURIComponent(name)}`, z.unknown()),
    connectToPod: async (target, ends) => {
      try {
        return await connectToPod(transport, target, ends);
      } catch (error) {
        if (!(error instanceof ApiRefusal) || ![401, 403].includes(error.status)) throw error;
        const request = { verb: "get or create", resource: "pods/portforward", namespace: target.namespace };
        throw new Error(forbiddenText(request), { cause: error });
      }
    },
  };
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
