import { Client } from "pg";
import type { DatabaseSettings } from "@nexus/testkit/postgres";
import { time } from "./result";

/** A minimal durable write: the time that disk and database need for any write, on this machine and now. */
export class Insert {
  static readonly what = "an insert of one row, durable";
  readonly times: number[] = [];

  static async open(settings: DatabaseSettings): Promise<Insert> {
    const client = new Client({
      host: settings.DATABASE_HOST,
      port: settings.DATABASE_PORT,
      database: settings.DATABASE_NAME,
      user: settings.DATABASE_USER,
      password: settings.DATABASE_PASSWORD,
    });
    await client.connect();
    await client.query("create table if not exists bench_rows (id int, text text)");
    return new Insert(client);
  }

  private constructor(private readonly client: Client) {}

  async measure(): Promise<void> {
    const values = [this.times.length, "x".repeat(100)];
    this.times.push(await time(() => this.client.query("insert into bench_rows values ($1, $2)", values)));
  }

  /** What the database writes into its log during a piece of work, per operation. */
  async wal(
    operations: number,
    work: () => Promise<unknown>,
  ): Promise<{ readonly kib: number; readonly records: number }> {
    await this.client.query("create extension if not exists pg_walinspect");
    const end = async () => {
      const { rows } = await this.client.query<{ end: string }>("select pg_current_wal_flush_lsn() as end");
      return rows[0]?.end;
    };
    const from = await end();
    await work();
    const { rows } = await this.client.query<{ bytes: number; records: number }>(
      `select sum(combined_size)::float8 as bytes, sum(count)::float8 as records from pg_get_wal_stats($1, $2, false)`,
      [from, await end()],
    );
    const { bytes = Number.NaN, records = Number.NaN } = rows[0] ?? {};
    return { kib: bytes / 1024 / operations, records: records / operations };
  }

  /** Median size of the newest segments of heaps. */
  async segmentKib(segments: number): Promise<number> {
    const { rows } = await this.client.query<{ bytes: number }>(
      `select percentile_disc(0.5) within group (order by length(data))::float8 as bytes
       from (select data from kernel.heap_segments where seq > 4 order by seq desc limit $1) as newest`,
      [segments],
    );
    return (rows[0]?.bytes ?? Number.NaN) / 1024;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
