import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";

export interface TestContext {
  readonly name: string;
  readonly server: string;
  readonly token?: string;
  readonly namespace?: string;
  readonly proxy?: string;
}

/**
 * A kubeconfig for servers without TLS, in the only form that the client library accepts for them. Its current context
 * is not the one under test.
 */
export function kubeconfigText(contexts: readonly TestContext[]): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": contexts[0]?.name,
    clusters: contexts.map(({ name, server, proxy }) => ({
      name: `${name}-cluster`,
      cluster: { server, "insecure-skip-tls-verify": true, ...(proxy ? { "proxy-url": proxy } : {}) },
    })),
    users: contexts.map(({ name, token = "good-token" }) => ({ name: `${name}-user`, user: { token } })),
    contexts: contexts.map(({ name, namespace }) => ({
      name,
      context: { cluster: `${name}-cluster`, user: `${name}-user`, ...(namespace ? { namespace } : {}) },
    })),
  });
}

/** A folder for kubeconfigs, removed by `remove`. */
export function kubeconfigFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubeconfig-"));
  return {
    write(name: string, contexts: readonly TestContext[]): string {
      const file = path.join(folder, name);
      fs.writeFileSync(file, kubeconfigText(contexts));
      return file;
    },
    path: (name: string) => path.join(folder, name),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}
