import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";
import { makeCertificate, type ServerCertificate } from "@nexus/testkit/certificate";
import { type Answer, Browser, type BackendWorld } from "./backend-world";

export const API_NAME = "api.cluster.test";
export const TOKEN = "t0p-s3cr3t-token-of-a-cluster";

/** Every name leads to this machine. */
export const here: LookupFunction = (_host, options, callback) =>
  options.all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4);

/** A server that answers as an API server does to somebody who asks how it is. */
export class FakeCluster {
  connections = 0;
  /** What it answers to the right token. */
  mode: "well" | "silent" | "strange" = "well";

  private constructor(
    private readonly server: Server,
    private readonly certificate: ServerCertificate,
  ) {}

  static async start(): Promise<FakeCluster> {
    const certificate = await makeCertificate(API_NAME);
    const server = createServer({ cert: certificate.certificate, key: certificate.key });
    const cluster = new FakeCluster(server, certificate);
    server.on("connection", () => (cluster.connections += 1));
    server.on("request", ({ url, headers: { authorization } }, response) => {
      const answer = (status: number, body: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      if (cluster.mode === "silent") return;
      if (cluster.mode === "strange") return answer(200, { hello: "world" });
      if (authorization !== `Bearer ${TOKEN}`) return answer(401, { reason: "Unauthorized" });
      if (url === "/version") return answer(200, { gitVersion: "v1.36.3" });
      return answer(200, { items: [{}], metadata: { remainingItemCount: 2 } });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return cluster;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  kubeconfig({ token = TOKEN, server = `https://${API_NAME}:${this.port}`, user = {}, cluster = {} } = {}): string {
    const authority = Buffer.from(this.certificate.certificate).toString("base64");
    return JSON.stringify({
      clusters: [{ name: "c", cluster: { server, "certificate-authority-data": authority, ...cluster } }],
      users: [{ name: "u", user: { token, ...user } }],
      contexts: [{ name: "main", context: { cluster: "c", user: "u", namespace: "apps" } }],
      "current-context": "main",
    });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export const CLUSTERS = "/api/kubernetes/clusters";

export interface Person {
  readonly browser: Browser;
  readonly id: string;
  readonly tenantId: string;
}

/** Somebody with a tenant of their own. */
export async function owner(world: BackendWorld): Promise<Person> {
  const browser = new Browser(world);
  const { user } = (await browser.signUp()).body as { user: { id: string; tenantId: string } };
  return { browser, id: user.id, tenantId: user.tenantId };
}

/** Somebody who works in the tenant of another person. */
export async function member(world: BackendWorld, of: Person, role: string): Promise<Person> {
  const person = await owner(world);
  const invitation = await of.browser.ask("POST", `/account/tenants/${of.tenantId}/invitations`, { role });
  await person.browser.ask("POST", "/account/invitations/accept", { token: invitation.body.token });
  await person.browser.renew(of.tenantId);
  return { ...person, tenantId: of.tenantId };
}

export async function addCluster({ browser }: Person, kubeconfig: string, more: object = {}): Promise<Answer> {
  return await browser.ask("POST", CLUSTERS, { name: "Production", kubeconfig, ...more });
}

export const idOf = ({ body }: Pick<Answer, "body">): string => String(body.cluster_id);
