import { z } from "zod";
import { choice, ownNamespace } from "./fields";
import { presetNames } from "./presets";
import { aiSection } from "./sections/ai";
import { authSection } from "./sections/auth";
import { clusterSection } from "./sections/cluster";
import { clustersSection } from "./sections/clusters";
import { composeSection } from "./sections/compose";
import { plansSection } from "./sections/plans";
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
import { secretsSection } from "./sections/secrets";
import { settingsBelow } from "./settings";

/** Every `nexus:<section>`. */
export const sections = z.strictObject({
  topology: choice(presetNames).describe("Preset for everything that the stack does not set itself.").default("full"),
  namespace: ownNamespace("nexus").describe(
    "Namespace of all objects. A change replaces everything in it, the database included.",
  ),
  names: namesSection.describe("Names of the objects."),
  cluster: clusterSection.describe("The cluster that the stack is deployed to."),
  images: imagesSection.describe("How images are made and where they are kept."),
  ...settingsBelow(""),
  auth: authSection.describe("Who may call, and how people sign in."),
  kernel: kernelSection.describe("The workspace kernel."),
  graphstudio: graphstudioSection.describe("The studio: accounts and the web application."),
  nexusOs: nexusOsSection.describe("The AI service."),
  ai: aiSection.describe("Chat and completion, by the AI service or by the kernel."),
  clusters: clustersSection.describe("Clusters that tenants add, and where their API servers may be."),
  plans: plansSection.describe("What tenants may take, by the plan that each one has."),
  postgres: postgresSection.describe("The database."),
  redis: redisSection.describe("The cache; what it holds may be lost."),
  networking: networkingSection.describe(
    "How the studio is reached (node port and Ingress can be combined), and which connections are allowed.",
  ),
  quotas: quotasSection.describe(
    "What the namespace may use of the cluster; null for no quota. It must be enough for all pods that the stack may run, including those that an update adds.",
  ),
  secrets: secretsSection.describe("The secrets that the stack generates."),
  rollout: rolloutSection.describe("How long an update waits for pods."),
  features: featuresSection.describe("Optional features, off by default."),
  compose: composeSection.describe("Compose projects that run beside the platform, each in its own namespace."),
});
export type Sections = z.output<typeof sections>;

/** Secrets that users may set; each is set with `pulumi config set --secret`. */
export const secretKeys = {
  openaiApiKey: "Key of the OpenAI API. Empty when not set.",
  anthropicApiKey: "Key of the Anthropic API. Empty when not set.",
  registryPassword: "Password of `images.registryUsername`.",
  mailPassword: "Password of `graphstudio.backend.mailUser`.",
  oidcClientSecret: "Secret of `auth.oidc.clientId` at the identity provider.",
  billingSecret: "Secret that signs changes of subscriptions, as Standard Webhooks writes it (`whsec_...`).",
  jwtSecretKey:
    "Key that signs access tokens, at least 32 characters; `secrets.rotation` does not change it. Generated when not set.",
  jwtSecretKeyPrevious: "Key that signed access tokens before; its tokens are still accepted.",
  databasePassword:
    "Password of the database user before the first rotation, for a volume that already has one. Generated when not set.",
  backupKey: "Key that encrypts backups, at least 32 characters. Generated when not set.",
  backupKeyPrevious: "Key that encrypted backups before; it still opens them.",
  backupAccessKey: "Access key of the object storage for `postgres.backup.s3`.",
  backupSecretKey: "Secret key of the object storage for `postgres.backup.s3`.",
  databaseUrl: "URL of the database for `postgres.mode: external`: `postgres://user:password@host:5432/name`.",
  redisUrl: "URL of the cache for `redis.mode: external`: `redis://:password@host:6379`, or `rediss://` with TLS.",
} as const;
export type SecretKey = keyof typeof secretKeys;

/** The secret variables of compose projects: an object for each project, whose values are encrypted. */
export const composeSecretsKey = "composeSecrets";
export const composeSecretsText =
  "Secret variables of compose projects: " +
  "`pulumi config set --secret --path 'nexus:composeSecrets.<project>.<NAME>'`. They override the environment.";
