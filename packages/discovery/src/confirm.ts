import * as net from "node:net";
import type { Duplex } from "node:stream";
import type { Candidate } from "./candidates";
import type { ClusterReader } from "./cluster/reader";
import { probe, type ProbeLimits } from "./probes";
import { unconfirmed, type Connect, type ProbeResult, type Verdict } from "./probes/types";

/** A candidate with the result of its handshake. */
export interface Finding {
  readonly candidate: Candidate;
  readonly verdict: Verdict;
  /** The reason, and the route that was tried. */
  readonly reason: string;
}

interface Route {
  readonly name: string;
  readonly connect: Connect;
}

/** A plain TCP connection; the signal ends it. */
export async function connectTcp(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  return await new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, signal });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/**
 * The routes to a candidate from here: the addresses outside of the cluster, then a pod through the API server. The
 * name inside the cluster is not tried: elsewhere it does not resolve, or resolves to another host.
 */
function routesTo(
  { endpoints, namespace, backends }: Candidate,
  cluster: Pick<ClusterReader, "connectToPod">,
): Route[] {
  const direct = endpoints.flatMap(({ reach, host, port, text }) =>
    reach !== "cluster" && host !== undefined
      ? [{ name: text, connect: (signal: AbortSignal) => connectTcp(host, port, signal) }]
      : [],
  );
  const [backend] = backends;
  if (!backend) return direct;
  const { pod, port } = backend;
  const name = `port-forward to ${pod}:${port}`;
  return [...direct, { name, connect: (signal) => cluster.connectToPod({ namespace, pod, port }, signal) }];
}

/** Tries a candidate's handshake over one route after another until one answers. Never throws. */
export async function confirm(
  candidate: Candidate,
  cluster: Pick<ClusterReader, "connectToPod">,
  limits: ProbeLimits,
): Promise<Finding> {
  const routes = routesTo(candidate, cluster);
  const tried: string[] = [];
  for (const { name, connect } of routes) {
    if (limits.signal.aborted) {
      tried.push("the time of the scan is over");
      break;
    }
    const { verdict, reason }: ProbeResult = await probe(candidate.kind, connect, limits);
    tried.push(`${reason} (${name})`);
    if (verdict !== "unconfirmed") return { candidate, verdict, reason: tried.reverse().join("; before that: ") };
  }
  const nothing = unconfirmed(
    "not contacted: no ready pod behind it is known, and it has no address outside of the cluster",
  );
  return { candidate, verdict: "unconfirmed", reason: tried.length > 0 ? tried.join("; ") : nothing.reason };
}
