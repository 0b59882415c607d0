import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { runCommandLine } from "../../support/command-line";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const TENANT = randomUUID();

let server: Server;
let url: string;
let answer: { readonly status: number; readonly body: string };
let asked: { readonly path: string | undefined; readonly headers: IncomingHttpHeaders; readonly body: string };

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked = { path: request.url, headers: request.headers, body };
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const set = (options: readonly string[] = [], secret = SECRET, to = url) =>
  runCommandLine(["plans", "set", TENANT, "gold", "--url", to, ...options], { env: { NEXUS_BILLING_SECRET: secret } });

test("A56b: an operator gives a tenant a plan, signed as a billing system signs", async () => {
  answer = { status: 200, body: '{"applied":true}' };
  const { output, errors, code } = await set(["--state", "trial", "--until", "2030-01-31T00:00:00Z"]);
  expect({ output, errors, code }).toEqual({
    output: `Tenant ${TENANT} has the plan gold (trial until 2030-01-31T00:00:00Z).\n`,
    errors: "",
    code: 0,
  });
  expect(asked.path).toBe("/account/billing/events");
  expect(new Webhook(SECRET).verify(asked.body, asked.headers as Record<string, string>)).toMatchObject({
    type: "subscription.changed",
    data: { tenantId: TENANT, plan: "gold", state: "trial", periodEnd: "2030-01-31T00:00:00Z" },
  });
});

test.each([
  ["a refusal", 400, '{"detail":"There is no plan gold"}', "The plan was not changed: There is no plan gold."],
  ["a page of something else", 404, "<html>", "The plan was not changed: status 404."],
  ["a newer change", 200, '{"applied":false}', "The plan was not changed: the subscription has a newer change"],
])("A56b: %s is an error that says why", async (_what, status, body, message) => {
  answer = { status, body };
  const { errors, code } = await set();
  expect(errors).toContain(message);
  expect(code).toBe(1);
});

test("A56b: without the secret, or with a wrong address, nothing is sent and the fix is said", async () => {
  expect((await set([], "")).errors).toContain(
    'Fix: export NEXUS_BILLING_SECRET="$(pulumi config get --stack <stack> nexus:billingSecret)"',
  );
  expect((await set([], SECRET, "nexus")).errors).toContain('--url: "nexus" is not an http or https URL');
  expect((await set([], SECRET, "http://127.0.0.1:1")).errors).toContain("http://127.0.0.1:1 does not answer");
});
