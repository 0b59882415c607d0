import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { end, findProgram, freePort, launch, remove, scratchDirectory, waitFor } from "@nexus/testkit/server-process";

export const ACCESS_KEY = "access-key-of-the-tests";
export const SECRET_KEY = "secret-key-of-the-tests";
export const BUCKET = "backups";

export interface ObjectStorage {
  readonly client: S3Client;
  /** Settings with which the program reaches it. */
  readonly env: Record<string, string>;
  readonly stop: () => Promise<void>;
}

/** A real server with the API of S3, and an empty bucket. */
export async function startObjectStorage(): Promise<ObjectStorage> {
  const program = process.env.NEXUS_TEST_S3_BIN ?? (await findProgram("weed", "NEXUS_TEST_S3_BIN to the program weed"));
  const folder = await scratchDirectory("s3");
  const credentials = { accessKey: ACCESS_KEY, secretKey: SECRET_KEY };
  const actions = ["Admin", "Read", "Write", "List", "Tagging"];
  const config = join(folder, "s3.json");
  await writeFile(config, JSON.stringify({ identities: [{ name: "tests", credentials: [credentials], actions }] }));
  const [master, volume, filer, s3] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const ports = [`-master.port=${master}`, `-volume.port=${volume}`, `-filer.port=${filer}`, `-s3.port=${s3}`];
  // Two servers on one machine would fight for these ports.
  const others = ["-s3.port.iceberg=0", "-s3.port.lance=0"];
  const args = [
    "server",
    `-dir=${folder}`,
    "-ip=127.0.0.1",
    "-filer",
    "-s3",
    `-s3.config=${config}`,
    ...ports,
    ...others,
  ];
  // The program may be in the home of this user, which others cannot enter.
  const server = launch(program, [...args, "-master.volumeSizeLimitMB=64"], folder, {});
  const endpoint = `http://127.0.0.1:${s3}`;
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    maxAttempts: 1,
  });
  await waitFor("the bucket is there", () => client.send(new CreateBucketCommand({ Bucket: BUCKET }))).catch(
    (error) => {
      throw new Error(`The object storage did not start: ${server.output()}`, { cause: error });
    },
  );
  return {
    client,
    env: {
      BACKUP_S3_BUCKET: BUCKET,
      BACKUP_S3_PREFIX: "nexus/",
      BACKUP_S3_ENDPOINT: endpoint,
      BACKUP_S3_ACCESS_KEY: ACCESS_KEY,
      BACKUP_S3_SECRET_KEY: SECRET_KEY,
    },
    stop: async () => {
      client.destroy();
      await end(server.child, "SIGKILL");
      await remove(folder);
    },
  };
}
