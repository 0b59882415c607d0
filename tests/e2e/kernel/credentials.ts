import { setTimeout as pause } from "node:timers/promises";
import { kubectl } from "../platform";
import { Account } from "./account";
import { NAMESPACE } from "./deployment";

/** What a thief has who read a token and the variables of a pod. */
export interface Credentials {
  readonly role: string;
  readonly databasePassword: string;
  readonly redisPassword: string;
  readonly token: string;
}

/** The credentials of this moment. */
export async function takeCredentials(account: Account): Promise<Credentials> {
  const pod = ["exec", "deployment/graphstudio-backend", "--", "node", "-p", "JSON.stringify(process.env)"];
  const { DATABASE_USER, DATABASE_PASSWORD, REDIS_PASSWORD } = JSON.parse(await kubectl(NAMESPACE, ...pod)) as Record<
    string,
    string
  >;
  return {
    role: String(DATABASE_USER),
    databasePassword: String(DATABASE_PASSWORD),
    redisPassword: String(REDIS_PASSWORD),
    token: await account.token(),
  };
}

/** Runs a script with arguments in a pod. @returns what it printed, or its error */
async function said(pod: string, script: string, ...args: readonly string[]): Promise<string> {
  const command = ["exec", pod, "--", "sh", "-c", `{ ${script}; } 2>&1 || true`, "sh", ...args];
  return (await kubectl(NAMESPACE, ...command)).trim();
}

/** What database, Redis and kernel answer to credentials. */
export async function answersTo({ role, databasePassword, redisPassword, token }: Credentials) {
  // From the pod's own address, because the database believes everybody who comes from 127.0.0.1.
  const query = 'PGPASSWORD="$2" psql -h "$(hostname -i)" -U "$1" -d nexus -qtAc "select 1"';
  const [database, redis, { status }] = await Promise.all([
    said("postgres-0", query, role, databasePassword),
    said("deployment/redis", 'redis-cli --no-auth-warning -a "$1" ping', redisPassword),
    Account.listWith(token),
  ]);
  return { database, redis, token: status };
}

/** Takes a new token of an account's session each second, so that some are signed while a key changes. */
export class Renewals {
  public count = 0;
  public readonly failures: string[] = [];
  private stopping = false;
  private readonly running: Promise<void>;

  public constructor(private readonly account: Account) {
    this.running = this.loop();
  }

  public async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      await this.account.renew().catch((error: unknown) => this.failures.push(String(error)));
      this.count += 1;
      await pause(1000);
    }
  }
}
