import { createInterface } from "node:readline/promises";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
/** Where the API of a tenant is; the key is in NEXUS_TOKEN, so that no list of processes shows it. */
export interface ApiOptions {
  readonly url?: string;
}

/** Path of the routes of clusters, projects and deployments. */
export const KUBERNETES = "/api/kubernetes";

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Asks a route of the tenant that the key in NEXUS_TOKEN is for. @throws Error with what the studio answers */
export async function ask<T>(
  options: ApiOptions,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const text = await (await request(options, method, path, body, headers)).text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** The same for an answer that comes line by line, each a JSON object. */
export async function* askLines<T>(
  options: ApiOptions,
  method: string,
  path: string,
  body?: object,
): AsyncGenerator<T> {
  const { body: stream } = await request(options, method, path, body);
  if (!stream) return;
  const lines = createInterface({ input: Readable.fromWeb(stream as ReadableStream), crlfDelay: Infinity });
  for await (const line of lines) yield JSON.parse(line) as T;
}

async function request(
  { url = process.env.NEXUS_URL }: ApiOptions,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const token = process.env.NEXUS_TOKEN;
  if (url === undefined || token === undefined)
    throw new Error("Give the URL of the studio with --url or NEXUS_URL, and an API key in NEXUS_TOKEN.");
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { ...headers, authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${detailOf(await answer.text())}`);
  return answer;
}

function detailOf(text: string): string {
  try {
    return String((JSON.parse(text) as { detail?: unknown }).detail);
  } catch {
    return text.slice(0, 500);
  }
}
