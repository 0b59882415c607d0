import { randomUUID } from "node:crypto";
import { NexusError } from "@nexus/host";
import { Webhook } from "standardwebhooks";

const SECRET = "NEXUS_BILLING_SECRET";

export interface PlanOptions {
  /** Where the studio or its backend is. */
  readonly url: string;
  readonly state: string;
  /** End of the period, as ISO 8601. */
  readonly until?: string;
}

/** `npm run plans -- set`: gives a tenant a plan, as a billing system would. */
export async function setPlan(tenantId: string, plan: string, { url, state, until }: PlanOptions): Promise<void> {
  const secret = process.env[SECRET];
  if (!secret)
    throw new NexusError(`${SECRET} is not set; it is the secret that the stack has as nexus:billingSecret.`, [
      `Fix: export ${SECRET}="$(pulumi config get --stack <stack> nexus:billingSecret)"`,
    ]);
  const now = new Date();
  const data = { tenantId, plan, state, periodEnd: until ?? null };
  const body = JSON.stringify({ type: "subscription.changed", timestamp: now.toISOString(), data });
  const id = `operator-${randomUUID()}`;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new NexusError(`--url: "${url}" is not an http or https URL, such as https://nexus.example.com.`, []);
  const answer = await fetch(new URL("/account/billing/events", url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, now, body),
    },
    body,
    redirect: "error",
  }).catch(() => {
    throw new NexusError(`${url} does not answer; --url must be that of the studio or its backend.`, []);
  });
  const said = (await answer.json().catch(() => ({}))) as { readonly applied?: boolean; readonly detail?: string };
  if (!answer.ok) throw new NexusError(`The plan was not changed: ${said.detail ?? `status ${answer.status}`}.`, []);
  if (said.applied !== true)
    throw new NexusError("The plan was not changed: the subscription has a newer change. Compare the clocks.", []);
  process.stdout.write(`Tenant ${tenantId} has the plan ${plan} (${state}${until ? ` until ${until}` : ""}).\n`);
}
