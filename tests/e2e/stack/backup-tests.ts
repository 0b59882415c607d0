import { descriptor, kubectl } from "../platform";
import { useStudio } from "../studio";
import type { StackCopy } from "./copy";
import { NAMESPACE, settledPods } from "./pods";

const MINUTE = 60_000;

/** The database survives. */
export function backupTests(stack: StackCopy): void {
  const inServer = (...command: string[]) => kubectl(NAMESPACE, "exec", "postgres-0", "--", ...command);
  const sql = async (text: string) => (await inServer("psql", "-U", "nexus", "-d", "nexus", "-tAc", text)).trim();
  const ok = async (...args: string[]) => {
    const { exitCode, output } = await stack.nexus(...args);
    if (exitCode !== 0) throw new Error(`${args.join(" ")} ended with ${exitCode}:\n${output}`);
    return output;
  };

  test(
    "B38 A50: a backup is made, restored for a test, listed and put in the place of the database, and the platform goes on",
    async () => {
      await sql("create table public.kept as select 'before the backup'::text as said");
      const [, id = ""] = /The backup (\S+) is finished/.exec(await ok("backup")) ?? [];
      await sql("update public.kept set said = 'after the backup'");
      expect(await ok("backups", "--drill")).toContain(`The backup ${id} can be restored`);
      expect(await ok("backups")).toContain(id);
      expect(await ok("restore", "--from", id, "--yes")).toContain(
        `The database nexus is now that of the backup ${id}.`,
      );
      expect(await sql("select said from public.kept")).toBe("before the backup");
      await settledPods(NAMESPACE);
      expect(await useStudio(descriptor.urls.studio, ["6 * 7"])).toEqual(["42"]);
      const status = await ok("status");
      expect(status).toMatch(/postgres-backup +ok .*The backup \S+ is finished/);
      expect(status).toMatch(/postgres-drill +ok .*can be restored/);
      const databases = await sql("select datname from pg_database where datname like 'nexus_before_%'");
      for (const name of databases.split("\n")) await inServer("dropdb", "-U", "nexus", name);
      await sql("drop table public.kept");
    },
    10 * MINUTE,
  );
}
