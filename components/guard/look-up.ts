import * as http from "node:http";
import * as https from "node:https";
import type { ClusterAccess } from "../lib/provider";
import { messageOf, NexusError } from "@nexus/host";
import { apiError, type ApiRequest, forbiddenText, loadContext, targetOf } from "@nexus/discovery";
import { missingOperator } from "./operators";
import { pathOf, type PlannedObject, resourceOf } from "./planned-object";

/** The metadata of an object that shows who made it. */
export interface Metadata {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  /** Set while the object is being deleted. */
  readonly deletionTimestamp?: string;
  readonly managedFields?: readonly ManagedFields[];
}

/** Who last wrote some of the fields, and when. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly time?: string;
  /** Set for fields of a subresource, such as the status that controllers report. */
  readonly subresource?: string;
  /** The fields, as a tree of keys such as `f:spec`. */
  readonly fieldsV1?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** An object that the cluster has. */
export interface Found {
  readonly object: PlannedObject;
  readonly metadata: Metadata;
}

/**
 * Asks a cluster which of the objects it has.
 * @throws NexusError if it does not answer for all of them
 */
export type LookUp = (cluster: ClusterAccess, objects: readonly PlannedObject[]) => Promise<readonly Found[]>;

/** Maximum number of connections at the same time: each one needs a TLS handshake. */
const CONNECTIONS = 4;
const TIMEOUT_SECONDS = 20;
/** Only the metadata: the content of Secrets need not travel. */
const ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

interface Answer {
  readonly status: number;
  readonly body: { readonly metadata?: Metadata; readonly details?: { readonly name?: string } };
}

const SUBJECT = "The objects of this stack cannot be looked up in the cluster, so nothing was changed:";

/** {@link LookUp} with one request for each object. It needs only rights that the update needs as well. */
export const lookUp: LookUp = async (cluster, objects) => {
  try {
    const answers = await askAll(cluster, objects);
    const problems = new Set(answers.flatMap(({ object, answer }) => problemOf(object, answer, cluster) ?? []));
    if (problems.size > 0) throw new NexusError(SUBJECT, [...problems]);
    return answers.flatMap(({ object, answer }) =>
      answer.status === 200 ? [{ object, metadata: answer.body.metadata ?? {} }] : [],
    );
  } catch (error) {
    throw error instanceof NexusError ? error : new NexusError(SUBJECT, [messageOf(error)]);
  }
};

async function askAll({ context, kubeconfig }: ClusterAccess, objects: readonly PlannedObject[]) {
  const config = await loadContext(context, kubeconfig);
  const target = targetOf(config);
  const url = new URL(config.getCurrentCluster()?.server ?? "");
  const request: https.RequestOptions = { timeout: TIMEOUT_SECONDS * 1000 };
  const askFor = async (object: PlannedObject) => {
    const path = `${url.pathname.replace(/\/$/, "")}${pathOf(object)}`;
    try {
      const answer = await ask({ ...request, host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port, path });
      if (![200, 403, 404].includes(answer.status)) throw Object.assign(new Error(), { code: answer.status });
      return { object, answer };
    } catch (error) {
      throw apiError(error, requestFor(object), target);
    }
  };
  await config.applyToHTTPSOptions(request);
  const agent = request.agent as http.Agent;
  agent.maxSockets = CONNECTIONS;
  request.headers = { ...request.headers, accept: ACCEPT };
  request.protocol = url.protocol;
  try {
    return await Promise.all(objects.map(askFor));
  } finally {
    agent.destroy();
  }
}

function ask(options: https.RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { get } = options.protocol === "http:" ? http : https;
    const request = get(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) });
      });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${TIMEOUT_SECONDS} s`)));
    request.on("error", reject);
  });
}

/** A server that does not know the kind answers with plain text. */
function parsed(text: string): Answer["body"] {
  try {
    return JSON.parse(text) as Answer["body"];
  } catch {
    return {};
  }
}

function requestFor(object: PlannedObject): ApiRequest {
  return { verb: "get", resource: resourceOf(object), namespace: object.namespace };
}

function problemOf(object: PlannedObject, { status, body }: Answer, { context }: ClusterAccess): string | undefined {
  if (status === 403)
    return (
      `Context ${context}: ${forbiddenText(requestFor(object))}. ` +
      "Fix: grant the verb get on them, which the update itself needs as well."
    );
  if (status === 404 && body.details?.name === undefined)
    return (
      missingOperator(object, context) ??
      `Context ${context}: the cluster has no objects of the kind ${object.kind} (${object.apiVersion}). ` +
        "Fix: install the operator that provides this kind, or use a Kubernetes version that has it."
    );
  return undefined;
}
