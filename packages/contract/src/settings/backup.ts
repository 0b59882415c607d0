import { forms, integer, text } from "../setting";
import { databaseSettings, migrationSettings } from "./common";

const { DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD } = databaseSettings;
const { DATABASE_SSLMODE, DATABASE_SSLROOTCERT } = databaseSettings;
const { LOG_LEVEL, LOG_PRETTY, CONFIG_DIR } = migrationSettings;

/** What the Jobs that make, check and restore backups read. Without a bucket, backups are in `BACKUP_DIR`. */
export const backupSettings = {
  LOG_LEVEL,
  LOG_PRETTY,
  CONFIG_DIR,
  DATABASE_HOST,
  DATABASE_PORT,
  DATABASE_NAME,
  DATABASE_USER,
  DATABASE_PASSWORD,
  DATABASE_SSLMODE,
  DATABASE_SSLROOTCERT,
  BACKUP_KEEP: integer(
    { at: "postgres.backup.keep", own: true, min: 2, max: 1000, default: 14 },
    "Whole backups to keep. A new one removes older ones, whatever the clock says.",
  ),
  BACKUP_KEY: text(
    { secret: "`nexus:backupKey`, or generated", form: forms.encryptionKey, default: null },
    "Key that encrypts backups. Without it they are not encrypted.",
  ),
  BACKUP_KEY_PREVIOUS: text(
    { secret: "`nexus:backupKeyPrevious`", form: forms.encryptionKey, default: null },
    "Key that encrypted backups before; it still opens them.",
  ),
  BACKUP_DIR: text(
    { stack: "where the volume is mounted", form: forms.any, default: "/backups" },
    "Folder of the backups.",
  ),
  BACKUP_SCRATCH_DIR: text(
    { stack: "where the pod's temporary volume is mounted", form: forms.any, default: "/scratch" },
    "Folder for the database server of a drill.",
  ),
  BACKUP_RESULT_FILE: text(
    { stack: "the file from which Kubernetes reads a pod's last message", form: forms.any, default: null },
    "File that gets the result in one sentence.",
  ),
  BACKUP_S3_BUCKET: text(
    { stack: "`nexus:postgres.backup.s3.bucket`", form: forms.any, default: null },
    "Bucket of the backups.",
  ),
  BACKUP_S3_PREFIX: text(
    { stack: "`nexus:postgres.backup.s3.prefix`", form: forms.any, default: null },
    "Start of the names of the backups in the bucket.",
  ),
  BACKUP_S3_ENDPOINT: text(
    { stack: "`nexus:postgres.backup.s3.endpoint`", form: forms.url, default: null },
    "URL of the object storage. Null for that of AWS.",
  ),
  BACKUP_S3_REGION: text(
    { stack: "`nexus:postgres.backup.s3.region`", form: forms.any, default: "us-east-1" },
    "Region of the bucket.",
  ),
  BACKUP_S3_ACCESS_KEY: text(
    { secret: "`nexus:backupAccessKey`", form: forms.apiKey, default: null },
    "Access key of the object storage.",
  ),
  BACKUP_S3_SECRET_KEY: text(
    { secret: "`nexus:backupSecretKey`", form: forms.apiKey, default: null },
    "Secret key of the object storage.",
  ),
};
