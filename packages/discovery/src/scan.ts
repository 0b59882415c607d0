import { setImmediate } from "node:timers/promises";
import pLimit from "p-limit";
import { byPreference, type Candidate, findCandidates } from "./candidates";
import type { ClusterObjects } from "./candidates/objects";
import { openCluster } from "./cluster/client";
import type { ClusterReader } from "./cluster/reader";
import { confirm, type Finding } from "./confirm";
import { infraScans, type ClusterDocument } from "./document";
import { DiscoveryError } from "./discovery-error";
import { KINDS } from "./kinds";
import type { Verdict } from "./probes/types";

export interface DiscoverOptions {
  /** Context of the kubeconfig. There is no default: only a named cluster is asked. */
  readonly context: string;
  /** @default KUBECONFIG, else ~/.kube/config */
  readonly kubeconfig?: string;
  /** Namespaces to look in. @default the context's namespace, else "default" */
  readonly namespaces?: readonly string[];
  /**
   * Also treat unconfirmed candidates as found. Refuted ones are never found.
   * @default false
   */
  readonly allowUnconfirmed?: boolean;
  /**
   * Maximum time of the whole scan, 1 to 600 seconds.
   * @default 60
   */
  readonly timeoutSeconds?: number;
  /**
   * Maximum time of one handshake, connection included, in milliseconds.
   * @default 3000
   */
  readonly handshakeTimeoutMs?: number;
  /** Called with the progress of the scan, in a few words. */
  readonly onProgress?: (text: string) => void;
  /** Called with each finding as soon as its handshake is over. */
  readonly onFinding?: (finding: Finding) => void;
}

export interface Discovery {
  /** The document of E14, to be stored with the cluster. */
  readonly cluster: ClusterDocument;
  /** The same findings with all fields that binding needs: best first, confirmed ones before others. */
  readonly findings: readonly Finding[];
  /** What the scan could not read, in sentences. */
  readonly notes: readonly string[];
}

/** Concurrent handshakes: enough to hide waiting, few enough for an API server. */
const CONCURRENCY = 8;
/** At most half of the scan's time, so that one silent request leaves time for the rest. */
const REQUEST_TIMEOUT_MS = 10_000;
const DEFAULT_TIMEOUT_SECONDS = 60;
const MAX_TIMEOUT_SECONDS = 600;
const DEFAULT_HANDSHAKE_TIMEOUT_MS = 3_000;

const RANK: Readonly<Record<Verdict, number>> = { confirmed: 0, unconfirmed: 1, refuted: 2 };

/** By kind, then confirmed first, then by preference. */
function byRank(a: Finding, b: Finding): number {
  return (
    KINDS.indexOf(a.candidate.kind) - KINDS.indexOf(b.candidate.kind) ||
    RANK[a.verdict] - RANK[b.verdict] ||
    byPreference(a.candidate, b.candidate)
  );
}

/** Services that are looked at in one go. */
const SERVICES_AT_ONCE = 20;

/** In pieces, so that a server has time for others between them. */
async function candidatesIn(objects: ClusterObjects): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (let from = 0; from < objects.services.length; from += SERVICES_AT_ONCE) {
    const services = objects.services.slice(from, from + SERVICES_AT_ONCE);
    candidates.push(...findCandidates({ ...objects, services }));
    await setImmediate();
  }
  return candidates;
}

/** Scans with a reader that is already open. */
export async function scan(
  cluster: ClusterReader,
  options: Omit<DiscoverOptions, "context" | "kubeconfig">,
  signal: AbortSignal,
): Promise<Discovery> {
  const onProgress = options.onProgress ?? (() => undefined);
  onProgress("asking the API server");
  const facts = await cluster.facts();
  const namespaces = [...new Set(options.namespaces?.length ? options.namespaces : [facts.namespace])];
  const readings = await pLimit(CONCURRENCY).map(namespaces, (namespace) => cluster.read(namespace));
  const candidates: Candidate[] = [];
  for (const { objects } of readings) candidates.push(...(await candidatesIn(objects)));
  const limits = { timeoutMs: options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS, signal };
  let done = 0;
  const findings = await pLimit(CONCURRENCY).map(candidates, async (candidate) => {
    const finding = await confirm(candidate, cluster, limits);
    options.onFinding?.(finding);
    onProgress(`${++done} of ${candidates.length} handshakes`);
    return finding;
  });
  findings.sort(byRank);
  const empty = readings
    .filter(({ objects }) => objects.services.length === 0)
    .map(({ objects }) => `namespace ${objects.namespace} has no Services: nothing can be found in it`);
  return {
    cluster: {
      ...facts,
      status: "connected",
      infra_scans: infraScans(namespaces, findings, options.allowUnconfirmed ?? false),
    },
    findings,
    notes: [...new Set([...empty, ...readings.flatMap(({ notes }) => notes)])],
  };
}

/**
 * Looks for mongo, redis, postgres, qdrant and neo4j in namespaces of a cluster and tries the handshake of each (E12).
 * @throws DiscoveryError if the context, the cluster or a namespace cannot be used
 */
export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const seconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  if (!(seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS))
    throw new DiscoveryError(
      "arguments",
      `A time of ${seconds} s is not possible for a scan. Fix: 1 to ${MAX_TIMEOUT_SECONDS} seconds.`,
    );
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new Error("no answer within the time of the scan")), seconds * 1000);
  try {
    const { context, kubeconfig } = options;
    const limits = { requestTimeoutMs: Math.min(REQUEST_TIMEOUT_MS, seconds * 500), signal: over.signal };
    return await scan(await openCluster({ context, kubeconfig, ...limits }), options, over.signal);
  } finally {
    clearTimeout(timer);
    // Ends connections that are still open, such as a port-forward that never opened.
    over.abort();
  }
}
