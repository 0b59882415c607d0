/** A problem that a person can act on; its message is all that is printed. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}
