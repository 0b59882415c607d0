import { z } from "zod";
import { dnsLabel } from "../fields";

const name = (what: string, example: string) => dnsLabel(example).describe(`${what} A change replaces the objects.`);

/** Names of the objects. */
export const namesSection = z.strictObject({
  kernel: name("Objects and image of the kernel.", "workspace-kernel"),
  backend: name("Objects and image of the backend.", "graphstudio-backend"),
  frontend: name("Objects and image of the frontend.", "graphstudio-frontend"),
  nexusOs: name("Objects and image of the AI service.", "nexus-os"),
  postgres: name("Objects of the database.", "postgres"),
  redis: name("Objects of the cache.", "redis"),
  settings: name("ConfigMap with the shared settings.", "nexus-config"),
  secrets: name("Secret with the shared secrets.", "nexus-secrets"),
  registry: name("Secret with which nodes log in to the registry.", "nexus-registry"),
  platform: name("Ingress, quota and limits.", "nexus"),
});
