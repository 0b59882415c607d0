import { z } from "zod";
import { pinned, type PinnedImage, serverModes, thirdPartyImages } from "@nexus/contract";
import { certificates, choice, domainName, memory, text } from "../fields";
import { isImage, isNetwork } from "../forms";
import { leastLimits } from "../least-limits";
import { settingsBelow } from "../settings";
import { resources } from "./shared";

const image = (usual: PinnedImage) =>
  text({ test: isImage }, "an image with a version or digest", usual.name).default(pinned(usual));

const server = (what: string, secret: string) => ({
  mode: choice(serverModes)
    .describe(
      `\`builtin\` runs ${what}, \`external\` uses the one that the secret \`nexus:${secret}\` names, \`none\` does without.`,
    )
    .default("builtin"),
  cidr: text({ test: isNetwork }, "a network without bits beyond its length", "10.0.0.0/16")
    .describe(
      "Network of an external server, which the network policies admit; not used if the URL has an IP address or a Service of this cluster.",
    )
    .default("0.0.0.0/0"),
  caCertificate: certificates()
    .describe("Trusted certificate authorities for an external server; null for those of Node.js.")
    .nullable()
    .default(null),
});

/** The database. */
export const postgresSection = z.strictObject({
  ...server("one server", "databaseUrl"),
  ...settingsBelow("postgres."),
  image: image(thirdPartyImages.postgres).describe(
    "Image of the server. Another major version cannot read the volume.",
  ),
  storage: memory("1Gi", "64Ti")
    .describe("Size of the volume. It can grow if the storage class allows expansion, and never shrinks.")
    .default("10Gi"),
  storageClass: domainName("standard")
    .describe("Storage class of the volume, which cannot change later; null for the cluster's default.")
    .nullable()
    .default(null),
  ...resources(leastLimits.postgres),
});
export type PostgresSection = z.output<typeof postgresSection>;

/** The cache; what it holds may be lost. */
export const redisSection = z.strictObject({
  ...server("one server that keeps nothing on disk", "redisUrl"),
  image: image(thirdPartyImages.redis).describe("Image of the server."),
  ...resources(leastLimits.redis),
});
export type RedisSection = z.output<typeof redisSection>;
