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

  async close(): Promise<void> {
    await this.client.end();
  }
}
