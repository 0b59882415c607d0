import { Networking } from "../../components/networking";
import { argsWith, type Changes, ingress, recordNetworking } from "../support/networking";
import { type Manifest, recordComponents, recordStack } from "../support/recorded-stack";

describe("A8 B5: the Ingress", () => {
  let manifest: Manifest;
  beforeAll(async () => {
    manifest = (await recordStack("staging")).manifest("Ingress", "nexus");
  });

  it("C20: leads /panels to the kernel's WebSockets and everything else to the studio", () => {
    const backend = (name: string, port: string) => ({ service: { name, port: { name: port } } });
    expect(manifest.spec).toEqual({
      ingressClassName: "nginx",
      tls: [{ hosts: ["nexus.example.com"], secretName: "nexus-tls" }],
      rules: [
        {
          host: "nexus.example.com",
          http: {
            paths: [
              { path: "/panels", pathType: "Prefix", backend: backend("workspace-kernel", "websocket") },
              { path: "/", pathType: "Prefix", backend: backend("graphstudio-frontend", "http") },
            ],
          },
        },
      ],
    });
  });

  it("A42 C20 D7: has long timeouts, names the WebSocket service and asks cert-manager for a certificate", () => {
    expect(manifest.metadata.annotations).toEqual({
      "nexus/stack": "nexus/staging",
      "pulumi.com/patchFieldManager": "nexus",
      "pulumi.com/patchForce": "true",
      "pulumi.com/skipAwait": "true",
      "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
      "nginx.ingress.kubernetes.io/proxy-send-timeout": "3600",
      "nginx.ingress.kubernetes.io/websocket-services": "workspace-kernel",
      "cert-manager.io/cluster-issuer": "letsencrypt",
    });
  });

  it("lets annotations of the stack override its own", async () => {
    const annotations = { "nginx.ingress.kubernetes.io/proxy-read-timeout": "60", team: "a" };
    const own = await recordNetworking({ ingress: { ...ingress, annotations } });
    expect(own.manifest("Ingress", "nexus").metadata.annotations).toMatchObject(annotations);
  });
});

describe("the studio's URL", () => {
  const urlOf = async (changes: Changes) => {
    let url: string | undefined;
    await recordComponents(() => {
      url = new Networking("networking", argsWith(changes)).studioUrl;
    });
    return url;
  };

  it.each([
    ["an Ingress with TLS", { ingress }, "https://nexus.example.com"],
    ["an Ingress without TLS", { ingress: { ...ingress, tls: null } }, "http://nexus.example.com"],
    [
      "an Ingress on a port of its own",
      { ingress: { ...ingress, tls: null }, ingressPort: 8081 },
      "http://nexus.example.com:8081",
    ],
    ["a node port", { nodePort: 30_080 }, "http://localhost:30080"],
    ["a forwarded node port", { nodePort: 30_080, nodePortUrl: "http://localhost:41000" }, "http://localhost:41000"],
    [
      "a forwarded node port beside an Ingress that may not answer here",
      { ingress, nodePort: 30_080, nodePortUrl: "http://localhost:41000" },
      "http://localhost:41000",
    ],
    ["neither", {}, undefined],
  ])("is that of %s", async (_, args, url) => {
    expect(await urlOf(args)).toBe(url);
  });
});
