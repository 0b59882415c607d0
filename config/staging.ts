import { ALL_TENANTS, forms, MIN_KEY_LENGTH } from "@nexus/contract";
import { z } from "zod";
import { isRegular, isSample } from "./credentials";
import { type Problem, setCommand, setInsideCommand, setSecretCommand } from "./problem";
import type { Inputs } from "./inputs";
import type { Sections } from "./schema";

/** What a production stack must have (X17). */
export function stagingProblems(config: Sections, given: Inputs["sections"]): Problem[] {
  const { cluster, clusters, networking, quotas } = config;
  const found: Problem[] = authProblems(config, given);
  if (cluster.kind !== "context") {
    const path = ["cluster", "kind"];
    const text = `"${cluster.kind}" is for dev; staging needs the named context of a cluster`;
    found.push({ path, text, fix: setCommand(path, "context") });
  }
  if (!networking.networkPolicies) {
    const path = ["networking", "networkPolicies"];
    found.push({
      path,
      text: '"false" lets every pod of the cluster in; staging refuses it',
      fix: setCommand(path, "true"),
    });
  }
  if (networking.ingress && !networking.ingress.tls) {
    const path = ["networking", "ingress", "tls"];
    const text = '"null" serves passwords over plain HTTP; staging refuses it';
    found.push({ path, text, fix: setInsideCommand(path, "secretName", "nexus-tls") });
  }
  if (clusters.own && (clusters.ownTenants === null || clusters.ownTenants === ALL_TENANTS)) {
    const path = ["clusters", "ownTenants"];
    const text = `"${clusters.ownTenants}" names nobody who may deploy to this cluster; staging needs the ids of tenants`;
    found.push({ path, text, fix: setCommand(path, "<id>,<id>") });
  }
  if (clusters.own && clusters.ownServers === null) {
    const path = ["clusters", "ownServers"];
    const text =
      '"null" lets the backend connect to every private network; staging needs the address of the API server';
    found.push({ path, text, fix: setCommand(path, "<address>/32") });
  }
  if (!quotas) {
    const text = '"null" lets the namespace take the whole cluster; staging refuses it';
    found.push({ path: ["quotas"], text, fix: setInsideCommand(["quotas"], "pods", "50") });
  }
  return found;
}

/** On staging, authentication is only off if the stack's own file says so, not because of a topology. */
function authProblems({ auth, topology }: Sections, given: Inputs["sections"]): Problem[] {
  const own = z.object({ enabled: z.boolean() }).safeParse(given.auth);
  if (auth.enabled || own.success) return [];
  const text = `"false" comes from the topology "${topology}" and lets everybody in; staging accepts it only from its own file`;
  return [{ path: ["auth", "enabled"], text, fix: setCommand(["auth", "enabled"], "true") }];
}

/** The part of a secret that must not be easy to guess: in a URL, the password. */
function guessable(value: string): string {
  return URL.canParse(value) ? decoded(new URL(value).password) : value;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function signsOrEncrypts(name: string): boolean {
  return name.startsWith("jwtSecretKey") || name.startsWith("backupKey");
}

/** What is wrong with a secret that the user sets. The value never appears in a message. */
export function secretProblems(name: string, value: string, encrypted: boolean, staging: boolean): Problem[] {
  const path = [name];
  const isUrl = name.endsWith("Url");
  const isOurs = signsOrEncrypts(name) || name === "databasePassword";
  const fix = setSecretCommand(name, isOurs ? '"$(openssl rand -hex 32)"' : "<value>");
  const found: Problem[] = [];
  if (!encrypted) found.push({ path, text: "is stored in plain text", fix: setSecretCommand(name, "<value>") });
  // The owner of an external server chooses its password, so only published samples are refused.
  if (
    staging &&
    value !== "" &&
    (isSample(guessable(value)) || (isOurs && value.length >= MIN_KEY_LENGTH && isRegular(value)))
  ) {
    const what = isUrl ? "has a password that can be guessed" : "can be guessed";
    found.push({ path, text: `${what}: it looks like a sample or repeats itself; staging refuses it`, fix });
  }
  if (name.endsWith("ApiKey") && !forms.apiKey.test(value))
    found.push({ path, text: `is not ${forms.apiKey.what}`, fix: setSecretCommand(name, "<key>") });
  const generated = signsOrEncrypts(name) || (staging && name === "databasePassword");
  if (generated && value.length < MIN_KEY_LENGTH)
    found.push({ path, text: `has ${value.length} characters; use at least ${MIN_KEY_LENGTH}`, fix });
  return found;
}
