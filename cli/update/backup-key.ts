import { backupKeyOf } from "../commands/backup";
import { type Asker, terminal } from "../questions";
import type { Session } from "../session";
import { releasesOf } from "../stack-releases";

const WHY = "Without it nobody can read the backups once the cluster and Pulumi's state are lost.";

/**
 * What to tell about the key of the backups after an update; undefined if an earlier release had the same key. The key
 * itself is shown in a terminal only, because the output of a CI job is kept and read by others.
 * @param since start of the update
 */
export async function backupKeyNews(
  session: Session,
  since: number,
  asker: Pick<Asker, "isThere"> = terminal,
): Promise<string | undefined> {
  const all = await releasesOf(session);
  const [newest, ...earlier] = all.toReversed();
  const hash = newest?.secrets.BACKUP_KEY;
  if (!newest || hash === undefined || Date.parse(newest.at) < since) return undefined;
  if (earlier.some(({ secrets }) => secrets.BACKUP_KEY === hash)) return undefined;
  const { stack } = session.settings;
  const recovery = `npm run recovery -- --stack ${stack} --out recovery.txt`;
  if (!asker.isThere()) return `Backups are encrypted. Keep their key outside of the cluster: ${recovery}\n${WHY}`;
  const key = await backupKeyOf(session);
  return (
    key && `Key of the backups, shown this once: ${key}\nKeep it outside of the cluster, as a file: ${recovery}\n${WHY}`
  );
}
