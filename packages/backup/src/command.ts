import { writeFile } from "node:fs/promises";
import type { backupSettings, EnvOf } from "@nexus/contract";
import { isError, type Logger } from "@nexus/service";
import { makeBackup } from "./backup";
import { BackupError } from "./backup-error";
import { drill } from "./drill";
import { folderTarget } from "./folder-target";
import { listBackups, readManifest } from "./manifest";
import type { Server } from "./programs";
import { fill, prepareRestore, switchRestored } from "./restore";
import { s3Target } from "./s3-target";
import type { Target } from "./target";

export type BackupEnv = EnvOf<typeof backupSettings>;

function targetOf(env: BackupEnv): Target {
  const { BACKUP_S3_BUCKET: bucket, BACKUP_S3_ACCESS_KEY: accessKey, BACKUP_S3_SECRET_KEY: secretKey } = env;
  if (bucket === undefined) return folderTarget(env.BACKUP_DIR);
  if (accessKey === undefined || secretKey === undefined)
    throw new BackupError(
      `The bucket "${bucket}" needs a key. Fix: set the secrets nexus:backupAccessKey and nexus:backupSecretKey.`,
    );
  const { BACKUP_S3_PREFIX: prefix = "", BACKUP_S3_ENDPOINT: endpoint, BACKUP_S3_REGION: region } = env;
  return s3Target({ bucket, prefix, endpoint, region, accessKey, secretKey });
}

function serverOf(env: BackupEnv): Server {
  return {
    host: env.DATABASE_HOST,
    port: env.DATABASE_PORT,
    user: env.DATABASE_USER,
    password: env.DATABASE_PASSWORD,
    database: env.DATABASE_NAME,
    tls: { mode: env.DATABASE_SSLMODE, ca: env.DATABASE_SSLROOTCERT },
  };
}

/** The backups as a table, oldest first. */
async function listed(target: Target): Promise<string> {
  const backups = await listBackups(target);
  if (backups.length === 0) return `There are no backups in ${target.where}.`;
  const rows = backups.map(async (backup) => {
    if (!backup.finished) return `${backup.id}  unfinished`;
    const manifest = await readManifest(target, backup).catch((error: unknown) => error);
    if (isError(manifest)) return `${backup.id}  ${manifest.message}`;
    const { bytes, key, contents } = manifest as Awaited<ReturnType<typeof readManifest>>;
    const tables = Object.keys(contents).length;
    return `${backup.id}  ${bytes} bytes  ${tables} tables  ${key === null ? "not encrypted" : `key ${key}`}`;
  });
  return (await Promise.all(rows)).join("\n");
}

const USAGE = "Give backup, drill, list, fill <id>, prepare <id> or switch <id>.";

async function act(args: readonly string[], env: BackupEnv, log: Logger): Promise<string> {
  const [command, id] = args;
  const target = targetOf(env);
  const keys = [env.BACKUP_KEY, env.BACKUP_KEY_PREVIOUS].filter((key) => key !== undefined);
  const server = serverOf(env);
  if (command === "backup") return makeBackup({ server, target, key: env.BACKUP_KEY, keep: env.BACKUP_KEEP, log });
  if (command === "drill") return drill({ target, keys, scratch: env.BACKUP_SCRATCH_DIR, live: server, log });
  if (command === "list") return listed(target);
  if (command === "prepare" && id !== undefined) return prepareRestore(server, target, id, keys);
  if (command === "fill" && id !== undefined) return fill(server, target, id, keys);
  if (command === "switch" && id !== undefined) return switchRestored(server, target, id);
  throw new BackupError(USAGE);
}

/** Runs one command. The result is one log line, and the pod's last message. @returns the exit code */
export async function runBackupCommand(args: readonly string[], env: BackupEnv, log: Logger): Promise<number> {
  const tell = (text: string) =>
    env.BACKUP_RESULT_FILE === undefined ? undefined : writeFile(env.BACKUP_RESULT_FILE, text).catch(() => undefined);
  try {
    const result = await act(args, env, log);
    if (args[0] === "list") process.stdout.write(`${result}\n`);
    else log.info(result);
    await tell(result);
    return 0;
  } catch (error) {
    const text = isError(error) ? error.message : String(error);
    if (error instanceof BackupError) log.error(text);
    else log.error({ error }, text);
    await tell(text);
    return 1;
  }
}
