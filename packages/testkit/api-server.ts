import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "./certificate";
import { end, findProgram, freePort, launch, remove, waitFor } from "./server-process";

/** Name in the server's certificate; nobody can look it up. */
export const API_SERVER_NAME = "api.cluster.test";

/** A Kubernetes API server of the test's own, without controllers, nodes or anything that runs pods. */
export interface TestApiServer {
  readonly port: number;
  readonly url: string;
  /** Certificate authority of the server, in PEM. */
  readonly authority: string;
  /** Token of a user who may do everything. */
  readonly adminToken: string;
  /** Token of the user `somebody`, who may do nothing until a RoleBinding says otherwise. */
  readonly userToken: string;
  readonly kubeconfig: (token: string) => string;
  /** Stops the API server but keeps its data. */
  readonly halt: () => Promise<void>;
  /** Starts it again on the same port. */
  readonly resume: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

async function program(variable: string, name: string): Promise<string> {
  return process.env[variable] ?? (await findProgram(name, `${variable} to its path`));
}

async function isReady(port: number, token: string, ca: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/readyz", servername: API_SERVER_NAME, ca };
    request({ ...options, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve();
      else reject(new Error(`/readyz answers ${answer.statusCode}`));
    })
      .once("error", reject)
      .end();
  });
}

/** Starts etcd and an API server that authorizes by RBAC. */
export async function startApiServer(): Promise<TestApiServer> {
  const [etcd, apiServer] = await Promise.all([
    program("NEXUS_TEST_ETCD_BIN", "etcd"),
    program("NEXUS_TEST_KUBE_APISERVER_BIN", "kube-apiserver"),
  ]);
  const directory = await mkdtemp(join(tmpdir(), "nexus-api-server-"));
  const [clientPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const [adminToken, userToken] = [randomUUID(), randomUUID()];
  const { certificate, key } = await makeCertificate(API_SERVER_NAME);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const file = (name: string) => join(directory, name);
  const write = (name: string, text: string) => writeFile(file(name), text, { mode: 0o600 });
  await write("server.crt", certificate);
  await write("server.key", key);
  await write("accounts.key", String(privateKey.export({ type: "sec1", format: "pem" })));
  await write("tokens", `${adminToken},admin,1,system:masters\n${userToken},somebody,2\n`);
  const flags = (values: Readonly<Record<string, string | number>>) =>
    Object.entries(values).map(([name, value]) => `--${name}=${value}`);
  const [clients, peers] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  const store = launch(
    etcd,
    flags({
      "data-dir": file("etcd"),
      "listen-client-urls": clients,
      "advertise-client-urls": clients,
      "listen-peer-urls": peers,
      "initial-advertise-peer-urls": peers,
      "initial-cluster": `default=${peers}`,
      "log-level": "error",
    }),
    directory,
    {},
  );
  const args = flags({
    "etcd-servers": clients,
    "bind-address": "127.0.0.1",
    "secure-port": port,
    "tls-cert-file": file("server.crt"),
    "tls-private-key-file": file("server.key"),
    "cert-dir": directory,
    "token-auth-file": file("tokens"),
    "authorization-mode": "RBAC",
    "service-cluster-ip-range": "10.0.0.0/24",
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": file("accounts.key"),
    "service-account-signing-key-file": file("accounts.key"),
    "disable-admission-plugins": "ServiceAccount",
  });
  let server = launch(apiServer, args, directory, {});
  const ready = () =>
    waitFor("The API server answers", () => isReady(port, adminToken, certificate)).catch((error: unknown) => {
      throw new Error(`The API server did not start: ${server.output()} ${store.output()}`, { cause: error });
    });
  const url = `https://${API_SERVER_NAME}:${port}`;
  const encoded = Buffer.from(certificate).toString("base64");
  const stop = async () => {
    await end(server.child, "SIGKILL");
    await end(store.child, "SIGKILL");
    await remove(directory);
  };
  await ready().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    port,
    url,
    authority: certificate,
    adminToken,
    userToken,
    // JSON is YAML.
    kubeconfig: (token) =>
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "test", cluster: { server: url, "certificate-authority-data": encoded } }],
        users: [{ name: "tester", user: { token } }],
        contexts: [{ name: "test", context: { cluster: "test", user: "tester" } }],
        "current-context": "test",
      }),
    halt: () => end(server.child, "SIGKILL"),
    resume: async () => {
      server = launch(apiServer, args, directory, {});
      await ready();
    },
    stop,
  };
}
