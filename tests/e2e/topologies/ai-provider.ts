import { randomUUID } from "node:crypto";
import * as path from "node:path";
import { apply, kubectl } from "../platform";
import { withPortForward } from "../port-forward";
import { bundleOf, edgeTo, NODE_IMAGE, withStandIn } from "../stand-in";

const NAMESPACE = "nexus-e2e-provider";
const NAME = "provider";
const PORT = 8080;

/** Words that appear in logs only if a prompt or an answer is logged. */
const KEY = "sk-quartz-umbrella-7731";
const PROMPT = "which way does the heron fly";
const PIECES = ["towards the ", "marigold delta"];

/** Configuration and secrets that send a stack's requests to the stand-in of the provider. */
export const aiConfig = { "nexus:ai": { openaiBaseUrl: `http://${NAME}.${NAMESPACE}.svc.cluster.local:${PORT}/v1` } };
export const aiSecrets = { "nexus:openaiApiKey": KEY };

async function post(url: string, content: object, token?: string): Promise<Response> {
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { "content-type": "application/json", ...authorization };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(content) });
}

/** Chats through the studio as a person who has just signed up, and as somebody without a token. */
async function chat(studio: string): Promise<void> {
  const account = { email: `${randomUUID()}@example.com`, password: "correct horse battery staple" };
  const { accessToken } = (await (await post(`${studio}/auth/signup`, account)).json()) as { accessToken: string };
  const content = { messages: [{ role: "user", content: PROMPT }] };
  const route = `${studio}/ai/v1/chat`;
  expect((await post(route, content)).status).toBe(401);
  const whole = await post(route, content, accessToken);
  expect({ status: whole.status, body: await whole.json() }).toMatchObject({
    status: 200,
    body: { provider: "openai", text: PIECES.join(""), cached: false },
  });
  const stream = await post(route, { ...content, stream: true }, accessToken);
  expect(stream.headers.get("content-type")).toContain("text/event-stream");
  const events = [...(await stream.text()).matchAll(/^event: (\w+)\ndata: (.*)$/gm)];
  const deltas = events.filter(([, type]) => type === "delta");
  expect(events.map(([, type]) => type)).toEqual([...deltas.map(() => "delta"), "done"]);
  expect(deltas.map(([, , data = ""]) => (JSON.parse(data) as { text: string }).text).join("")).toBe(PIECES.join(""));
}

/**
 * The AI of a stack with {@link aiConfig} answers, whole and as a stream, from a server with OpenAI's wire format that
 * gets the stack's key; no workload logs the key, the prompt or the answer.
 */
export async function expectAi(namespace: string, server: string, workloads: readonly string[]): Promise<void> {
  const provider = {
    namespace: NAMESPACE,
    name: NAME,
    port: PORT,
    image: NODE_IMAGE,
    command: ["node", "/etc/stand-in/provider.cjs", String(PORT), ...PIECES],
    files: { "provider.cjs": await bundleOf(path.join(__dirname, "provider-program.ts")) },
  };
  await withStandIn(provider, async () => {
    await apply(namespace, [edgeTo(provider, server)]);
    await withPortForward(namespace, "service/graphstudio-frontend", 80, (port) => chat(`http://127.0.0.1:${port}`));
    const asked = (await kubectl(NAMESPACE, "logs", NAME)).trim().split("\n");
    const request = { authorization: `Bearer ${KEY}`, messages: [{ role: "user", content: PROMPT }] };
    expect(asked.map((line) => JSON.parse(line) as unknown)).toEqual([request, request]);
  });
  for (const name of workloads) {
    const logs = await kubectl(namespace, "logs", "--selector", `app.kubernetes.io/name=${name}`, "--tail=-1");
    for (const words of [KEY, PROMPT, ...PIECES])
      expect([name, words, logs.includes(words)]).toEqual([name, words, false]);
    expect([name, logs.length > 0]).toEqual([name, true]);
  }
}
