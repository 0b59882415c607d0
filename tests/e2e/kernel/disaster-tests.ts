import * as fs from "node:fs";
import * as path from "node:path";
import { waitFor } from "@nexus/host";
import { thirdPartyImages } from "@nexus/contract";
import { backup, kubectl, requests } from "../platform";
import { buildProgramImage } from "../program-image";
import { withStandIn } from "../stand-in";
import { Account, createWorkspaces } from "./account";
import { KERNEL_PODS, NAMESPACE, psql, readyKernelPods, stack } from "./deployment";

const MINUTE = 60_000;
const WORKSPACES = 50;
const ROWS = 10_000;

const STORAGE = { namespace: "nexus-e2e-backups", name: "object-storage", port: 8333 };
const BUCKET = "backups";
const credentials = { accessKey: "access-key-of-the-tests", secretKey: "secret-key-of-the-tests" };
const identities = [{ name: "nexus", credentials: [credentials], actions: ["Admin", "Read", "Write", "List"] }];
const SUM = "select count(*) || ' ' || md5(string_agg(page::text || id, '' order by id)) from public.kept";

async function nexus(...args: string[]): Promise<string> {
  const { exitCode, output } = await stack.nexus(...args);
  if (exitCode !== 0) throw new Error(`${args.join(" ")} ended with ${exitCode}:\n${output}`);
  return output;
}

const setSecret = (name: string, value: string) =>
  stack.pulumiOk("config", "set", "--secret", `nexus:${name}`, value, "--stack", "dev");

/** Runs an object storage in another namespace, with an empty bucket. */
async function withObjectStorage(use: () => Promise<void>): Promise<void> {
  const image = await buildProgramImage(process.env.NEXUS_TEST_S3_BIN ?? "", thirdPartyImages.busybox.name);
  const command = [
    "/bin/weed",
    "server",
    "-dir=/tmp",
    "-ip.bind=0.0.0.0",
    "-filer",
    "-s3",
    "-s3.config=/etc/stand-in/s3.json",
  ];
  const files = { "s3.json": JSON.stringify({ identities }) };
  await withStandIn({ ...STORAGE, image, memory: "512Mi", command, files }, async () => {
    const create = `echo 's3.bucket.create -name ${BUCKET}' | weed shell -master=localhost:9333`;
    await waitFor("The bucket", 60, async () => {
      const said = await kubectl(STORAGE.namespace, "exec", STORAGE.name, "--", "sh", "-c", create);
      if (!said.includes("create bucket under")) throw new Error(said);
      return true;
    });
    await use();
  });
}

async function deploy(): Promise<void> {
  await stack.up("dev");
  await readyKernelPods(KERNEL_PODS, true);
}

/** Nothing is left but the bucket and the recovery document. */
async function loseEverything(): Promise<void> {
  await kubectl(NAMESPACE, "delete", "namespace", NAMESPACE);
  await stack.pulumiOk("stack", "rm", "dev", "--force", "--yes", "--preserve-config");
  await stack.pulumiOk("stack", "init", "dev");
}

/** The way back after a disaster. */
export function disasterTests(): void {
  test(
    "B38 A50: 50 workspaces with closures and 10,000 rows come back after the loss of the namespace and of Pulumi's state",
    () =>
      withObjectStorage(async () => {
        const endpoint = `http://${STORAGE.name}.${STORAGE.namespace}.svc.cluster.local:${STORAGE.port}`;
        stack.edit("dev", (config) => {
          config["nexus:postgres"] = {
            requests,
            backup: { ...backup, s3: { bucket: BUCKET, prefix: "nexus/", endpoint } },
          };
        });
        await setSecret("backupAccessKey", credentials.accessKey);
        await setSecret("backupSecretKey", credentials.secretKey);
        await deploy();
        const account = await Account.signUp();
        const ids = await createWorkspaces(account, WORKSPACES, "kept");
        const code = (index: number) => `var next = (() => { let n = ${index}; return () => ++n; })(); next()`;
        for (const [index, id] of ids.entries()) await account.run(id, code(index));
        await psql(
          `create table public.kept as select i as id, decode(md5(i::text), 'hex') as page from generate_series(1, ${ROWS}) i`,
        );
        const before = await psql(SUM);
        await nexus("backup");
        const document = path.join(stack.folder, "recovery.txt");
        await nexus("recovery", "--out", document);

        await loseEverything();
        const [, key = ""] = /^Key of the backups: (\S+)$/m.exec(fs.readFileSync(document, "utf8")) ?? [];
        await setSecret("backupKey", key);
        await deploy();
        await nexus("backups", "--drill");
        await nexus("restore", "--from", "newest", "--yes");
        await readyKernelPods(KERNEL_PODS, true);

        expect(await psql(SUM)).toBe(before);
        await waitFor("The studio's way to accounts", 60, () => account.logIn().then(() => true));
        const results: unknown[] = [];
        for (const id of ids) results.push((await account.run(id, "next()")).result);
        expect(results).toEqual(ids.map((_, index) => index + 2));
      }),
    20 * MINUTE,
  );
}
