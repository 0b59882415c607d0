import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { kubectl } from "./cluster-addons";
import type { InstanceLayout } from "./layout";
import { waitFor } from "@nexus/host";

/** The API server's configuration for storing Secrets, with the key of this instance. */
export const ENCRYPTION_FILE = "secrets-encryption.yaml";

/**
 * Makes the key with which the API server encrypts Secrets. It is made only once, because stored Secrets can only be
 * read with the same key.
 */
export function ensureEncryptionKey(folder: string): void {
  const file = path.join(folder, ENCRYPTION_FILE);
  if (fs.existsSync(file)) return;
  const keys = [{ name: "instance", secret: randomBytes(32).toString("base64") }];
  // The first provider encrypts; the last one reads Secrets that an earlier release stored in plain text.
  const providers = [{ secretbox: { keys } }, { identity: {} }];
  const content = stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources: ["secrets"], providers }],
  });
  const draft = `${file}.new`;
  // The key is written to the disk before anything is encrypted with it, so that a power loss never keeps Secrets
  // without their key.
  fs.writeFileSync(draft, content, { mode: 0o600, flush: true });
  fs.renameSync(draft, file);
}

/** Stores every Secret again, once per instance, because an earlier release stored them in plain text. */
export async function encryptStoredSecrets(layout: InstanceLayout, binDir: string): Promise<void> {
  const marker = path.join(layout.dataDir, "secrets-encrypted");
  if (fs.existsSync(marker)) return;
  const run = kubectl(layout, binDir);
  // A Secret that is changed or deleted meanwhile is refused here, and is not in the next list.
  await waitFor("The encryption of the stored Secrets", 60, async () => {
    const list = await run("get", "secrets", "--all-namespaces", "--output=json");
    const { items } = JSON.parse(list) as { items: unknown[] };
    if (items.length > 0) await kubectl(layout, binDir, list)("replace", "--filename=-");
    return true;
  });
  fs.writeFileSync(marker, "");
}
