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

type Connections = Pick<ClusterReader, "connectToPod" | "connectTo">;

/**
 * The routes to a candidate from here: the addresses outside of the cluster if they may be contacted, then a pod through
 * the API server. The name inside the cluster is not tried: elsewhere it does not resolve, or resolves to another host.
 */
function routesTo({ endpoints, namespace, backends }: Candidate, cluster: Connections): Route[] {
  const direct = endpoints.flatMap(({ reach, host, port, text }) =>
    cluster.connectTo && reach !== "cluster" && host !== undefined
      ? [{ name: text, connect: cluster.connectTo.bind(cluster, host, port) }]
      : [],
  );
  const [backend] = backends;
  if (!backend) return direct;
  const { pod, port } = backend;
  const name = `port-forward to ${pod}:${port}`;
  return [...direct, { name, connect: (signal) => cluster.connectToPod({ namespace, pod, port }, signal) }];
}

/** Tries a candidate's handshake over one route after another until one answers. Never throws. */
export async function confirm(candidate: Candidate, cluster: Connections, limits: ProbeLimits): Promise<Finding> {
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
