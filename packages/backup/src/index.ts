/** Backups of the database: making, checking and restoring them. */
export { BackupError } from "./backup-error";
export { runBackupCommand } from "./command";
