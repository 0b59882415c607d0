import { z } from "zod";
import { choice, ownNamespace } from "./fields";
import { presetNames } from "./presets";
import { aiSection } from "./sections/ai";
import { authSection } from "./sections/auth";
import { clusterSection } from "./sections/cluster";
import { composeSection } from "./sections/compose";
import { postgresSection, redisSection } from "./sections/data";
import { featuresSection } from "./sections/features";
import { graphstudioSection } from "./sections/graphstudio";
import { imagesSection } from "./sections/images";
import { kernelSection } from "./sections/kernel";
import { namesSection } from "./sections/names";
import { networkingSection } from "./sections/networking";
import { nexusOsSection } from "./sections/nexus-os";
import { quotasSection } from "./sections/quotas";
import { rolloutSection } from "./sections/rollout";
import { settingsBelow } from "./settings";

/** Every `nexus:<section>`. */
export const sections = z.strictObject({
  topology: choice(presetNames).describe("Preset that sets everything a stack does not set itself.").default("full"),
  namespace: ownNamespace("nexus").describe(
    "Namespace of all objects. A change replaces everything in it, the database included.",
  ),
  names: namesSection.describe("Names of the objects."),
  cluster: clusterSection.describe("Where the stack goes."),
  images: imagesSection.describe("How images are made and where they are kept."),
  ...settingsBelow(""),
  auth: authSection.describe("Who may call."),
  kernel: kernelSection.describe("The workspace kernel."),
  graphstudio: graphstudioSection.describe("The studio: accounts and the web application."),
  nexusOs: nexusOsSection.describe("The AI service."),
  ai: aiSection.describe("Chat and completion, by the AI service or by the kernel."),
  postgres: postgresSection.describe("The database."),
  redis: redisSection.describe("The cache; what it holds may be lost."),
  networking: networkingSection.describe(
    "How the studio is reached, and who may talk to whom. The ways to reach it combine.",
  ),
  quotas: quotasSection.describe(
    "What the namespace may take from the cluster; null for no quota. It must hold all pods that the stack may run, those that an update adds included.",
  ),
  rollout: rolloutSection.describe("How long an update waits for pods."),
  features: featuresSection.describe("Parts that are off until somebody asks for them."),
  compose: composeSection.describe("Compose projects beside the platform, each with a namespace of its own."),
});
export type Sections = z.output<typeof sections>;

/** Secrets that people may bring; each is set with `pulumi config set --secret`. */
export const secretKeys = {
  openaiApiKey: "Key of the OpenAI API. Empty when not set.",
  anthropicApiKey: "Key of the Anthropic API. Empty when not set.",
  registryPassword: "Password of `images.registryUsername`.",
  jwtSecretKey: "Key that signs access tokens, at least 32 characters. Generated when not set.",
  jwtSecretKeyPrevious: "Key that signed access tokens before; during a rotation its tokens still count.",
  databasePassword: "Password of the database user, for a volume that already has one. Generated when not set.",
  databaseUrl: "Where the database is for `postgres.mode: external`: `postgres://user:password@host:5432/name`.",
  redisUrl: "Where the cache is for `redis.mode: external`: `redis://:password@host:6379`, or `rediss://` with TLS.",
} as const;
export type SecretKey = keyof typeof secretKeys;

/** The variables of compose projects that somebody keeps secret: an object of objects, each value encrypted. */
export const composeSecretsKey = "composeSecrets";
export const composeSecretsText =
  "Secret variables of compose projects: " +
  "`pulumi config set --secret --path 'nexus:composeSecrets.<project>.<NAME>'`. They win over the environment.";
