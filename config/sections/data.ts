import { z } from "zod";
import {
  BACKUP_ID,
  databaseModes,
  forms,
  pinned,
  type PinnedImage,
  serverModes,
  thirdPartyImages,
} from "@nexus/contract";
import { certificates, choice, dnsLabel, domainName, flag, integer, memory, text } from "../fields";
import { isImage, isNetwork, isSchedule } from "../forms";
import { leastLimits } from "../least-limits";
import { settingsBelow } from "../settings";
import { resources } from "./shared";

/** The operator reads the version in the tag. Its images have a tag for each major version, which moves. */
const operatorImage = "ghcr.io/cloudnative-pg/postgresql:15-standard-bookworm";

const image = (usual: PinnedImage) =>
  text({ test: isImage }, "an image with a version or digest", usual.name).default(pinned(usual));

const server = {
  cidr: text({ test: isNetwork }, "a network without bits beyond its length", "10.0.0.0/16")
    .describe(
      "Network of an external server, which the network policies admit; not used if the URL has an IP address or a Service of this cluster.",
    )
    .default("0.0.0.0/0"),
  caCertificate: certificates()
    .describe("Trusted certificate authorities for an external server; null for those of Node.js.")
    .nullable()
    .default(null),
};

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

/** With fewer than three servers, the loss of one would stop all writing. */
const INSTANCES = { min: 3, max: 9 } as const;

const cloudNativePg = z.strictObject({
  instances: integer(INSTANCES.min, INSTANCES.max)
    .describe("Servers, each on a volume of its own; one is the primary.")
    .default(INSTANCES.min),
  image: text({ test: isImage }, "an image with a version or digest", operatorImage)
    .describe(
      "Image of the servers, which the operator must know; its tag begins with the major version. That must not be newer than `postgres.image`, which makes the backups.",
    )
    .default(operatorImage),
  operatorNamespace: dnsLabel("cnpg-system")
    .describe("Namespace of the operator, which may ask the servers for their state.")
    .default("cnpg-system"),
});

/** The database. */
export const postgresSection = z.strictObject({
  mode: choice(databaseModes)
    .describe(
      "`builtin` runs one server, `cloudnativepg` lets that operator of the cluster run several, `external` uses the one that the secret `nexus:databaseUrl` names, `none` does without. With data in place, a change is refused that does not restore a backup.",
    )
    .default("builtin"),
  ...server,
  cloudnativepg: cloudNativePg.prefault({}).describe("The servers that CloudNativePG runs."),
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
  restoreFrom: text(BACKUP_ID, "the id of a backup", "000042-20260102T030405Z")
    .describe(
      "Backup from which an empty database is filled before anything uses it, by its id; null for none. A change of the mode needs one. Remove it afterwards.",
    )
    .nullable()
    .default(null),
  backup: backup.prefault({}).describe("Backups of the database, also of that of an external server; null for none."),
});
export type PostgresSection = z.output<typeof postgresSection>;

/** The cache; what it holds may be lost. */
export const redisSection = z.strictObject({
  mode: choice(serverModes)
    .describe(
      "`builtin` runs one server that keeps nothing on disk, `external` uses the one that the secret `nexus:redisUrl` names, `none` does without.",
    )
    .default("builtin"),
  ...server,
  image: image(thirdPartyImages.redis).describe("Image of the server."),
  ...resources(leastLimits.redis),
});
export type RedisSection = z.output<typeof redisSection>;
