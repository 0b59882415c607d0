import { z } from "zod";
import { forms, pinned, type PinnedImage, serverModes, thirdPartyImages } from "@nexus/contract";
import { certificates, choice, domainName, flag, memory, text } from "../fields";
import { isImage, isNetwork, isSchedule } from "../forms";
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

const schedule = (usual: string) =>
  text(
    { test: isSchedule },
    "a schedule of cron in UTC: minute, hour, day, month and day of the week in numbers",
    usual,
  ).default(usual);

const s3 = z.strictObject({
  bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket", "nexus-backups").describe(
    "Bucket, which exists already and has no other user.",
  ),
  prefix: text(/^(?:[\w-]+\/)*$/, "empty, or the path of a folder that ends in /", "nexus/")
    .describe("Start of the names in the bucket.")
    .default(""),
  endpoint: text(forms.url, forms.url.what, "https://s3.example.com")
    .describe("URL of the object storage; null for AWS.")
    .nullable()
    .default(null),
  region: text(/^[a-z0-9-]{1,40}$/, "the name of a region", "eu-central-1")
    .describe("Region of the bucket.")
    .default("us-east-1"),
  cidr: text({ test: isNetwork }, "a network without bits beyond its length", "10.0.0.0/16")
    .describe(
      "Network of the object storage, which the network policies admit; not used if the URL has an IP address or a Service of this cluster.",
    )
    .default("0.0.0.0/0"),
});

const backup = z
  .strictObject({
    schedule: schedule("17 2 * * *").describe("When a backup is made."),
    drillSchedule: schedule("47 4 * * *").describe(
      "When the newest backup is restored into a database server of its own and compared.",
    ),
    ...settingsBelow("postgres.backup."),
    encrypted: flag()
      .describe("Backups are encrypted. The key is generated, or the secret `nexus:backupKey`.")
      .default(true),
    storage: memory("1Gi", "64Ti")
      .describe("Size of the volume with the backups. It can grow if the storage class allows expansion.")
      .default("10Gi"),
    storageClass: domainName("standard")
      .describe("Storage class of that volume, which cannot change later; null for the cluster's default.")
      .nullable()
      .default(null),
    s3: s3
      .describe("Bucket with the API of S3 for the backups; null for a volume in the cluster.")
      .nullable()
      .default(null),
  })
  .nullable();
export type BackupSection = z.output<typeof backup>;

/** The database. */
export const postgresSection = z.strictObject({
  ...server("one server", "databaseUrl"),
  ...settingsBelow("postgres."),
  image: image(thirdPartyImages.postgres).describe(
    "Image of the server, and of the programs that make and check backups. Another major version cannot read the volume; for an external server it must not be older than that server.",
  ),
  storage: memory("1Gi", "64Ti")
    .describe(
      "Size of the volume. It can grow if the storage class allows expansion, and never shrinks. With an external server, the room on a node in which a backup may be restored for a test.",
    )
    .default("10Gi"),
  storageClass: domainName("standard")
    .describe("Storage class of the volume, which cannot change later; null for the cluster's default.")
    .nullable()
    .default(null),
  ...resources(leastLimits.postgres),
  backup: backup.prefault({}).describe("Backups of the database, also of that of an external server; null for none."),
});
export type PostgresSection = z.output<typeof postgresSection>;

/** The cache; what it holds may be lost. */
export const redisSection = z.strictObject({
  ...server("one server that keeps nothing on disk", "redisUrl"),
  image: image(thirdPartyImages.redis).describe("Image of the server."),
  ...resources(leastLimits.redis),
});
export type RedisSection = z.output<typeof redisSection>;
