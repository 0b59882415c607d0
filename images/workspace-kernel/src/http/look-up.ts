import { Resolver } from "node:dns/promises";

const TIMEOUT_MS = 2000;
const TRIES = 3;

/**
 * The addresses of a name, from the name servers. The system's own look-up would hold one of the process's few threads
 * for as long as a tenant's name server is silent, and the look-up of the database's name waits for such a thread, too.
 */
export async function lookUp(host: string, signal: AbortSignal, servers?: readonly string[]): Promise<string[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers) resolver.setServers(servers);
  signal.addEventListener("abort", () => resolver.cancel(), { once: true });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}
