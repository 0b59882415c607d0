import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { backupsOfFile } from "./program";
import { BUCKET, type ObjectStorage, startObjectStorage } from "./object-storage";

const backups = backupsOfFile();
let storage: ObjectStorage;
beforeAll(async () => {
  storage = await startObjectStorage();
});
afterAll(() => storage?.stop());

const run = (args: readonly string[], env = {}) => backups().program.run(args, { ...storage.env, ...env });
const keys = async () => {
  const { Contents = [] } = await storage.client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return Contents.map(({ Key }) => Key ?? "").sort();
};

describe("B38 A50: backups in an object storage", () => {
  it("are made, drilled, listed, removed when they are too many, and restored, and nobody else's object is touched", async () => {
    await storage.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "nexus/notes.txt", Body: "mine" }));
    await storage.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "other/000001-x.json", Body: "mine" }));
    // As a killed backup leaves it.
    await storage.client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: "nexus/left.dump.age" }));
    // As CloudNativePG archives beside the backups.
    const archived = { Bucket: BUCKET, Key: "nexus/cloudnativepg/base.tar" };
    await storage.client.send(new CreateMultipartUploadCommand(archived));
    const ids: string[] = [];
    while (ids.length < 4) {
      const { said, code } = await run(["backup"]);
      expect({ said, code }).toMatchObject({ code: 0 });
      ids.push(/The backup (\S+) is finished/.exec(said)?.[1] ?? "");
    }
    const kept = ids.slice(1).flatMap((id) => [`nexus/${id}.dump.age`, `nexus/${id}.json`]);
    expect(await keys()).toEqual([...kept, "nexus/notes.txt", "other/000001-x.json"]);
    const { Uploads = [] } = await storage.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    expect(Uploads.map(({ Key }) => Key)).toEqual([archived.Key]);
    expect((await run(["drill"])).said).toContain(`The backup ${ids.at(-1)} can be restored: 4 tables, 10004 rows`);
    expect((await run(["list"])).out.trim().split("\n")).toHaveLength(3);
    expect(await run(["prepare", ids[1] ?? ""])).toMatchObject({ code: 0 });
  });

  it("are named by the drill when a byte was changed", async () => {
    const [dump = ""] = (await keys()).filter((key) => key.endsWith(".age")).slice(-1);
    const { Body } = await storage.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: dump }));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    await storage.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: dump, Body: bytes }));
    expect((await run(["drill"])).said).toContain("does not have the checksum that was written");
  });

  it("leave nothing when pg_dump fails in the middle", async () => {
    const before = await keys();
    const { said, code } = await run(["backup"], { DATABASE_PASSWORD: "wrong" });
    expect([code, said]).toEqual([1, expect.stringContaining("does not let nexus in")]);
    expect(await keys()).toEqual(before);
  });

  it("say which setting is wrong: the bucket, a key, the address", async () => {
    const wrong = async (env: Record<string, string>) => {
      const { code, said } = await run(["backup"], env);
      return { code, said };
    };
    expect((await wrong({ BACKUP_S3_BUCKET: "none-such" })).said).toMatch(
      /has no bucket "none-such" \(nexus:postgres\.backup\.s3\.bucket\)\.$/,
    );
    expect((await wrong({ BACKUP_S3_SECRET_KEY: "wrong" })).said).toMatch(
      /refuses the access key for the bucket "backups" \(nexus:backupAccessKey, nexus:backupSecretKey\)/,
    );
    expect((await wrong({ BACKUP_S3_ENDPOINT: "http://127.0.0.1:1" })).said).toMatch(
      /^http:\/\/127\.0\.0\.1:1 does not answer: ECONNREFUSED \(nexus:postgres\.backup\.s3\.endpoint/,
    );
    expect((await wrong({ BACKUP_S3_ACCESS_KEY: "" })).said).toBe(
      'The bucket "backups" needs a key. Fix: set the secrets nexus:backupAccessKey and nexus:backupSecretKey.',
    );
  });
});
