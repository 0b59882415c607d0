import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { errorCode, isError } from "@nexus/service";
import { BackupError } from "./backup-error";
import type { StoredFile, Target } from "./target";

/** Uploads have at most 10,000 parts, so the largest backup has 312 GiB. */
const PART_BYTES = 32 * 2 ** 20;

export interface Bucket {
  readonly bucket: string;
  /** Start of every name, such as `nexus/`. */
  readonly prefix: string;
  /** URL of the server; undefined for AWS. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A bucket of an object storage with the API of S3. */
export function s3Target({ bucket, prefix, endpoint, region, accessKey, secretKey }: Bucket): Target {
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    // Servers other than AWS seldom have a host name for each bucket.
    forcePathStyle: endpoint !== undefined,
    maxAttempts: 5,
  });
  const at = (name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` });
  const explained = <T>(work: Promise<T>) =>
    work.catch((error: unknown) => Promise.reject(explain(error, bucket, endpoint ?? `AWS in ${region}`)));
  const list = async () => {
    const files: StoredFile[] = [];
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }))
      for (const { Key = "", Size = 0 } of page.Contents ?? [])
        files.push({ name: Key.slice(prefix.length), bytes: Size });
    return files.filter(({ name }) => !name.includes("/"));
  };
  return {
    where: `the bucket ${bucket}`,
    list: () => explained(list()),
    read: async (name) => {
      const { Body } = await explained(client.send(new GetObjectCommand(at(name))));
      if (!(Body instanceof Readable)) throw new BackupError(`The bucket ${bucket} gave ${name} without content.`);
      return Body;
    },
    write: async (name, content) => {
      const params = { ...at(name), Body: Readable.from(content, { objectMode: false }) };
      await explained(new Upload({ client, partSize: PART_BYTES, queueSize: 2, params }).done());
    },
    remove: async (name) => void (await explained(client.send(new DeleteObjectCommand(at(name))))),
    removeRests: () => explained(abortUploads(client, bucket, prefix)),
  };
}

/** Ends the uploads of killed writers, whose parts would be paid for. */
async function abortUploads(client: S3Client, bucket: string, prefix: string): Promise<void> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
  // Below a further folder are the files of others.
  const own = Uploads.filter(({ Key = "" }) => !Key.slice(prefix.length).includes("/"));
  for (const { Key, UploadId } of own)
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
}

const REFUSED = ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden"];

function explain(error: unknown, bucket: string, server: string): unknown {
  if (!isError(error) || error instanceof BackupError) return error;
  if (error.name === "NoSuchBucket")
    return new BackupError(`${server} has no bucket "${bucket}" (nexus:postgres.backup.s3.bucket).`);
  if (error.name === "NoSuchKey") return new BackupError(`The bucket ${bucket} does not have this file any more.`);
  if (REFUSED.includes(error.name))
    return new BackupError(
      `${server} refuses the access key for the bucket "${bucket}" (nexus:backupAccessKey, nexus:backupSecretKey): ${error.name}.`,
    );
  if (["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "ECONNRESET"].includes(errorCode(error)))
    return new BackupError(
      `${server} does not answer: ${errorCode(error)} (nexus:postgres.backup.s3.endpoint, nexus:postgres.backup.s3.cidr).`,
    );
  return error;
}
