import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { clusterSettings } from "./cluster-settings";

/** A kubeconfig with inline certificates, so that it can be copied anywhere. */
export function kubeconfig(server: string, pkiDir: string, user: string): string {
  const encode = (file: string) => fs.readFileSync(path.join(pkiDir, file)).toString("base64");
  const name = clusterSettings.contextName;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": encode("ca.crt") } }],
    users: [
      {
        name: user,
        user: { "client-certificate-data": encode(`${user}.crt`), "client-key-data": encode(`${user}.key`) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user } }],
    "current-context": name,
  });
}
