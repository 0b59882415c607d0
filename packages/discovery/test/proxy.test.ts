import { createServer } from "node:http";
import { connect } from "node:net";
import { proxyFor } from "../src/cluster/proxy";
import { lookUp } from "../../../components/guard/look-up";
import { startObjectApi } from "../../../tests/support/fake-object-api";
import { kubeconfigFolder } from "../../../tests/support/kubeconfig-file";
import { listen } from "../../../tests/support/stand-ins/tcp-server";

const outside = { ...process.env };
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) delete process.env[name];
});
afterEach(() => {
  process.env = { ...outside };
});

const PROXY = "http://proxy.example:3128";

test.each([
  ["a name", "https://api.example:6443", "", PROXY],
  ["an address", "https://10.1.2.3:6443", "", PROXY],
  ["IPv6", "https://[2001:db8::1]:6443", "", PROXY],
  ["this machine by name", "https://localhost:6443", "", undefined],
  ["this machine by address", "https://127.0.0.1:6443", "", undefined],
  ["this machine by IPv6", "https://[::1]:6443", "", undefined],
  ["a name that NO_PROXY has", "https://api.example:6443", "other.example, api.example", undefined],
  ["a domain that NO_PROXY has", "https://api.example:6443", ".example", undefined],
  ["an address that NO_PROXY has", "https://10.1.2.3:6443", "10.1.2.3", undefined],
  ["a network that NO_PROXY has", "https://10.1.2.3:6443", "10.0.0.0/8,.svc", undefined],
  ["another network", "https://10.1.2.3:6443", "192.168.0.0/16", PROXY],
  ["an IPv6 network that NO_PROXY has", "https://[2001:db8::1]:6443", "2001:db8::/32", undefined],
  ["networks that are none", "https://10.1.2.3:6443", "10.0.0.0/,10.0.0.0/99,/8,10/8,::/129", PROXY],
  ["everything that NO_PROXY has", "https://10.1.2.3:6443", "*", undefined],
])("the proxy of %s", (_what, server, noProxy, proxy) => {
  process.env.HTTPS_PROXY = PROXY;
  process.env.NO_PROXY = noProxy;
  expect(proxyFor(server)).toBe(proxy);
});

test("plain HTTP has its own proxy variable, and without variables there is no proxy", () => {
  process.env.HTTPS_PROXY = PROXY;
  expect(proxyFor("http://api.example")).toBeUndefined();
  process.env.http_proxy = "http://plain.example:3128";
  expect(proxyFor("http://api.example")).toBe("http://plain.example:3128");
});

test("what `up` asks of a cluster goes through the proxy, unless NO_PROXY has its address or the kubeconfig another one", async () => {
  const api = await startObjectApi();
  const asked: (string | undefined)[] = [];
  const tunnels = createServer().on("connect", ({ url }, client) => {
    asked.push(url);
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    client.pipe(connect(Number(new URL(api.url).port), "127.0.0.1")).pipe(client);
  });
  const proxy = await listen(tunnels);
  const folder = kubeconfigFolder();
  try {
    const server = "http://cluster.invalid:6443";
    const own = `http://127.0.0.1:${proxy.port}`;
    const contexts = [
      { name: "team", server },
      { name: "proxied", server, proxy: own },
    ];
    const kubeconfig = folder.write("config", contexts);
    const namespace = { apiVersion: "v1", kind: "Namespace", name: "nexus", namespace: undefined };
    const ask = (context: string) => lookUp({ context, kubeconfig }, [namespace]);
    process.env.HTTP_PROXY = own;
    expect(await ask("team")).toEqual([]);
    expect(asked).toEqual(["cluster.invalid:6443"]);
    process.env.NO_PROXY = "cluster.invalid";
    await expect(ask("team")).rejects.toThrow("cluster.invalid");
    expect(asked).toHaveLength(1);
    expect(await ask("proxied")).toEqual([]);
    expect(asked).toHaveLength(2);
  } finally {
    await Promise.all([proxy.close(), api.close()]);
    folder.remove();
  }
});
