import { z } from "zod";
import { deploymentSpecSchema } from "@nexus/compose";
import { COMPOSE_NAMESPACE, thirdPartyImages } from "@nexus/contract";
import { choice, dnsLabel, flag, ownNamespace, text } from "../fields";

const filePath = () => text(/\S/, "the path of a file", "compose.yaml");
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** One compose project. */
const stack = z
  .strictObject({
    files: z
      .array(filePath())
      .min(1)
      .describe(
        "Compose files in the order in which they are merged; paths are relative to the folder of `Pulumi.yaml`.",
      ),
    profiles: z
      .array(text(/\S/, "a profile", "web"))
      .describe("Profiles that are active.")
      .default([]),
    envFiles: z
      .array(filePath())
      .describe("Env files for variables of the compose files, instead of the `.env` beside the first file.")
      .optional(),
    root: filePath().describe("Folder that must contain all files. Default: the folder of the first file.").optional(),
    namespace: ownNamespace(COMPOSE_NAMESPACE)
      .describe("Namespace of this project alone. A change replaces everything in it.")
      .default(COMPOSE_NAMESPACE),
    podSecurity: choice(["baseline", "restricted"])
      .describe("Level of Pod Security that the namespace enforces.")
      .default("baseline"),
    networkPolicies: flag()
      .describe(
        "Deny connections between services that share no network, and between internal networks and the outside.",
      )
      .default(true),
    images: z.record(z.string(), z.string()).describe("Images of services that compose would build.").default({}),
    services: z
      .record(z.string(), deploymentSpecSchema)
      .describe(
        "Settings of single services, as under `x-nexus` in the file: replicas, resources, service_type, ingress.",
      )
      .default({}),
    variables: z
      .record(z.string(), z.string())
      .describe("Values of variables, for all services that have them. Secret ones belong in `nexus:composeSecrets`.")
      .default({}),
    discovered: z
      .record(z.string(), z.string())
      .describe(
        "Values that a scan found, after entered ones and before the file's: `discovered` of `npm run discover -- --json`.",
      )
      .default({}),
    gateImages: z
      .strictObject({
        wait: text(/\S/, "an image with a shell and nc", thirdPartyImages.busybox.name)
          .describe("Waits for ports; has a shell and `nc`. Without it: busybox of Docker Hub.")
          .optional(),
        kubectl: text(/\S/, "an image with kubectl", thirdPartyImages.kubectl.name)
          .describe("Waits for Jobs; has `kubectl` 1.31 or newer. Without it: the Kubernetes project's.")
          .optional(),
      })
      .describe("Images of the init containers that wait for the dependencies of a service.")
      .default({}),
    imagePullSecret: dnsLabel("regcred").describe("Existing image pull secret in the namespace.").optional(),
  })
  .describe("One compose project.");

/** Compose projects beside the platform, by their name. */
export const composeSection = z
  .record(z.string().regex(label), stack)
  .meta({ expects: "compose projects by their name" })
  .default({});
