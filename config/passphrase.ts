import * as fs from "node:fs";
import { NexusError } from "@nexus/host";

/**
 * Passphrase of the stack dev. It is public on purpose: the secrets of dev are generated, live on one machine, and are
 * worth nothing elsewhere. Every other stack needs a passphrase of its own.
 */
export const PUBLISHED_PASSPHRASE = "nexus-dev";
/** What a stack's file has that is encrypted with it, as the repository's own file of dev is. */
export const PUBLISHED_SALT = "v1:0cT+Nmrqp4E=:v1:ykhDfDPzfelrfPxj:faorDyr8JBa2ukK+hZgyCnzP0rxcUw==";

type Environment = Readonly<Record<string, string | undefined>>;

/** The passphrase that Pulumi would use; undefined if none is set. */
export function chosenPassphrase({
  PULUMI_CONFIG_PASSPHRASE: text,
  PULUMI_CONFIG_PASSPHRASE_FILE: file,
}: Environment): string | undefined {
  if (text) return text;
  if (!file) return undefined;
  // Pulumi itself reports a file that cannot be read.
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
}

/** The fix in messages. */
export const PASSPHRASE_FIX =
  "Fix: export PULUMI_CONFIG_PASSPHRASE_FILE=<a file that holds one, made with: openssl rand -base64 32>, and keep a copy " +
  "where your team keeps secrets: without it the stack's secrets are lost.";

/** @throws NexusError if a stack other than dev would be encrypted with the published passphrase */
export function refusePublishedPassphrase(stack: string, environment: Environment = process.env): void {
  if (stack === "dev" || chosenPassphrase(environment) !== PUBLISHED_PASSPHRASE) return;
  throw new NexusError(`Stack ${stack} would be encrypted with the passphrase of dev, which is published:`, [
    `A shell of \`npm run env\` has it; use another shell, or a passphrase of ${stack}'s own. ${PASSPHRASE_FIX}`,
    `If ${stack} was made with it, first: pulumi stack change-secrets-provider passphrase --stack ${stack}, ` +
      "which asks for the new one; then replace every secret that was set.",
  ]);
}
