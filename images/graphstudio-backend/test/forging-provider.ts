import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { ServerCertificate } from "@nexus/testkit/certificate";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const otherKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const KID = "key-of-the-forger";

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

export interface Forgery {
  readonly header?: object;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: typeof privateKey;
  /** Sent in place of the signature. */
  readonly signature?: string;
  /** Parts of the discovery document. */
  readonly description?: object;
  /** Answers of a path that are not the usual ones; a path that does nothing hangs. */
  readonly paths?: Readonly<Record<string, (response: ServerResponse) => void>>;
}

/** An identity provider whose answers are what a test says; `oidc-provider` would not give them. */
export class ForgingProvider {
  forgery: Forgery = {};
  /** The form of each request of a token. */
  readonly forms: URLSearchParams[] = [];

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  /** @param tls the certificate of a provider that speaks TLS, and the host that its issuer names */
  static async start(tls?: ServerCertificate & { readonly host: string }): Promise<ForgingProvider> {
    const server = tls ? createTlsServer({ cert: tls.certificate, key: tls.key }) : createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const base = tls ? `https://${tls.host}` : "http://127.0.0.1";
    const provider = new ForgingProvider(server, `${base}:${(server.address() as AddressInfo).port}`);
    server.on("request", (request, response) => void provider.serve(request, response));
    return provider;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  get settings(): Readonly<Record<string, string>> {
    return {
      OIDC_ISSUER: this.issuer,
      OIDC_CLIENT_ID: "nexus",
      OIDC_CLIENT_SECRET: "secret-of-the-client-of-the-tests",
      STUDIO_URL: "http://studio.localhost:8080",
    };
  }

  /** What the provider adds to the address of the studio. */
  answerTo(url: string, more: Record<string, string> = {}): string {
    const { searchParams } = new URL(url);
    this.nonce = searchParams.get("nonce") ?? "";
    return `?${new URLSearchParams({ code: "code", state: searchParams.get("state") ?? "", ...more }).toString()}`;
  }

  private nonce = "";

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const path = new URL(request.url ?? "/", this.issuer).pathname;
    const own = this.forgery.paths?.[path];
    if (own) return own(response);
    const send = (content: object) =>
      response.setHeader("content-type", "application/json").end(JSON.stringify(content));
    switch (path) {
      case "/.well-known/openid-configuration":
        return void send({
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/auth`,
          token_endpoint: `${this.issuer}/token`,
          jwks_uri: `${this.issuer}/keys`,
          userinfo_endpoint: `${this.issuer}/me`,
          ...this.forgery.description,
        });
      case "/keys":
        return void send({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: KID, alg: "RS256", use: "sig" }] });
      case "/token":
        this.forms.push(new URLSearchParams(body));
        return void send({ access_token: "access", token_type: "Bearer", id_token: this.idToken() });
      default:
        response.statusCode = 404;
        return void send({});
    }
  }

  private idToken(): string {
    const now = Math.floor(Date.now() / 1000);
    const { header, claims, key = privateKey, signature } = this.forgery;
    const usual = { iss: this.issuer, aud: "nexus", sub: "ada", iat: now, exp: now + 300, nonce: this.nonce };
    const person = { email: "ada@example.com", email_verified: true };
    const text = `${encoded({ alg: "RS256", kid: KID, ...header })}.${encoded({ ...usual, ...person, ...claims })}`;
    return `${text}.${signature ?? sign("sha256", Buffer.from(text), key).toString("base64url")}`;
  }
}
