import { z } from "zod";
import { memory, text } from "../fields";
import { resources } from "./shared";

const image = (example: string) => text(/^\S+[:@]\S+$/, "an image with a version or digest", example);

/** The database. */
export const postgresSection = z.strictObject({
  image: image("docker.io/library/postgres:15.18-bookworm")
    .describe("Image of the server. Another major version cannot read the volume.")
    .default("docker.io/library/postgres:15.18-bookworm"),
  storage: memory()
    .describe("Size of the volume. A change replaces the StatefulSet; the volume itself stays as it is.")
    .default("10Gi"),
  storageClass: text(/\S/, "the name of a storage class", "standard")
    .describe("Storage class of the volume; null for the cluster's default.")
    .nullable()
    .default(null),
  ...resources(),
});
export type PostgresSection = z.output<typeof postgresSection>;

/** The cache; what it holds may be lost. */
export const redisSection = z.strictObject({
  image: image("docker.io/library/redis:7.0.15-bookworm")
    .describe("Image of the server.")
    .default("docker.io/library/redis:7.0.15-bookworm"),
  ...resources(),
});
export type RedisSection = z.output<typeof redisSection>;
