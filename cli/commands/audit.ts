import * as fs from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type AuditHead, verifyTrail } from "@nexus/contract";
import { messageOf } from "@nexus/host";

export interface VerifyOptions {
  readonly url?: string;
  readonly tenant?: string;
  readonly head?: string;
}

/** `npm run audit -- verify`: whether the rows of a trail follow each other. */
export async function verifyAudit(file: string | undefined, options: VerifyOptions): Promise<void> {
  const known = options.head === undefined ? undefined : headOf(options.head);
  const input = file === undefined ? await exportOf(options) : await opened(file);
  const { rows, head, problem } = await verifyTrail(linesOf(input), known);
  if (problem !== undefined) throw new Error(`The audit trail is broken: ${problem}.`);
  process.stdout.write(
    `The audit trail is whole: ${rows} rows. Keep its head for the next check: --head ${head.seq}:${head.hash}\n`,
  );
}

/** Other modules also end a line at U+2028, which names may contain. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of input.setEncoding("utf8")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function headOf(text: string): AuditHead {
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new Error(`--head ${text} is not a head. Give <number>:<hash> as an earlier check printed it.`);
  return { seq: Number(seq), hash };
}

async function opened(file: string): Promise<Readable> {
  const stream = fs.createReadStream(file);
  await new Promise<void>((resolve, reject) => {
    stream.once("open", () => resolve());
    stream.once("error", (error) => reject(new Error(`${file} cannot be read: ${messageOf(error)}`)));
  });
  return stream;
}

async function exportOf({ url, tenant }: VerifyOptions): Promise<Readable> {
  const token = process.env.NEXUS_TOKEN;
  if (url === undefined || tenant === undefined || token === undefined)
    throw new Error("Give the file of an export, or --url, --tenant and an access token in NEXUS_TOKEN.");
  const address = new URL(`/account/tenants/${encodeURIComponent(tenant)}/audit`, url);
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok || !answer.body) throw new Error(`${address.href} answers ${answer.status}: ${await answer.text()}`);
  return Readable.fromWeb(answer.body as ReadableStream);
}
