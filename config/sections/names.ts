import { z } from "zod";
import { migrationName } from "@nexus/contract";
import { dnsLabel, text } from "../fields";
import { isServiceName } from "../forms";

const REPLACES = "A change replaces the objects.";
const name = (what: string, example: string) => dnsLabel(example).describe(`${what} ${REPLACES}`);

/** @param suffix the longest suffix of an object that is named after the workload */
const workload = (what: string, example: string, suffix = "") => {
  const longest = 63 - suffix.length;
  const expects = `a name of at most ${longest} lower-case letters, digits and dashes that begins with a letter`;
  return text({ test: (value) => isServiceName(value, longest) }, expects, example).describe(`${what} ${REPLACES}`);
};
/** Pods of a StatefulSet carry the hash of their revision in a label. */
const REVISION = "-0123456789";

/** Names of the objects. */
export const namesSection = z.strictObject({
  kernel: workload("Objects and image of the kernel.", "workspace-kernel", migrationName("")),
  backend: workload("Objects and image of the backend.", "graphstudio-backend", migrationName("")),
  frontend: workload("Objects and image of the frontend.", "graphstudio-frontend"),
  nexusOs: workload("Objects and image of the AI service.", "nexus-os"),
  postgres: workload("Objects of the database.", "postgres", REVISION),
  redis: workload("Objects of the cache.", "redis"),
  settings: name("ConfigMap with the shared settings.", "nexus-config"),
  secrets: name("Secret with the shared secrets.", "nexus-secrets"),
  registry: name("Secret with which nodes log in to the registry.", "nexus-registry"),
  platform: name("Ingress, quota and limits.", "nexus"),
});
