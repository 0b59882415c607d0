import { descriptor, kubectl, list, nodeAddress } from "./platform";
import type { StackCopy } from "./stack/copy";

interface Service {
  readonly spec: { readonly type: string; readonly ports: readonly { readonly nodePort?: number }[] };
  readonly metadata: { readonly name: string };
}

/** Nothing assigns addresses to load balancers here, so the test writes the node's address as a controller would. */
async function giveAddress(namespace: string, service: string): Promise<string> {
  const address = await nodeAddress();
  const patch = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } });
  await kubectl(namespace, "patch", "service", service, "--subresource=status", "--type=merge", "--patch", patch);
  return address;
}

/** The rows of the tables that `npm run discover` prints, as their columns. */
function rowsOf(output: string): string[][] {
  return output.split("\n").map((line) => line.trim().split(/ {2,}/));
}

/**
 * Looks for databases in the namespaces of the topology and of the project `ordered`: real ones behind ClusterIP Services,
 * stand-ins behind a NodePort and a load balancer, and a web server where MongoDB is expected.
 */
export async function expectDiscovered(stack: StackCopy, topology: string, project: string): Promise<void> {
  const address = await giveAddress(project, "graph");
  const vectors = (await list<Service>(project, "services")).find(({ metadata }) => metadata.name === "vectors");
  const nodePort = `${address}:${vectors?.spec.ports[0]?.nodePort ?? ""}`;
  const wanted = ["REDIS_URL", "DATABASE_URL", "QDRANT_URL", "NEO4J_URI", "MONGO_URL"];
  const { exitCode, output } = await stack.nexus(
    "discover",
    "--context",
    descriptor.context,
    "--kubeconfig",
    descriptor.kubeconfig,
    "--namespace",
    topology,
    "--namespace",
    project,
    ...wanted.flatMap((name) => ["--variable", name]),
  );
  expect([exitCode, output]).toEqual([0, expect.stringMatching(/^KIND +SERVICE +TYPE +ENDPOINT +STATE +WHY$/m)]);
  const rows = rowsOf(output);
  const inside = (service: string, port: number) => `${service}.${topology}.svc.cluster.local:${port}`;
  const expected = [
    ["redis", `${topology}/redis`, "ClusterIP", inside("redis", 6379), "confirmed"],
    ["postgres", `${topology}/postgres`, "ClusterIP", inside("postgres", 5432), "confirmed"],
    ["qdrant", `${project}/vectors`, "NodePort", nodePort, "confirmed"],
    ["neo4j", `${project}/graph`, "LoadBalancer", `${address}:7687`, "confirmed"],
    ["mongo", `${project}/documents`, "ClusterIP", `documents.${project}.svc.cluster.local:27017`, "refuted"],
  ];
  expect(rows.map((row) => row.slice(0, 5))).toEqual(expect.arrayContaining(expected));
  const values = rows.filter(([name = ""]) => wanted.includes(name)).map((row) => row.slice(0, 3));
  expect(values).toEqual([
    ["REDIS_URL", `redis://${inside("redis", 6379)}`, "discovery"],
    ["DATABASE_URL", `postgresql://${inside("postgres", 5432)}`, "discovery"],
    ["QDRANT_URL", `http://${nodePort}`, "discovery"],
    ["NEO4J_URI", `bolt://${address}:7687`, "discovery"],
  ]);
}
