import { descriptor, kubectl, list } from "../platform";
import { getThroughPortForward } from "../port-forward";
import { NAMESPACE, WORKLOADS } from "./pods";

const MINUTE = 60_000;

interface Slice {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready?: boolean };
  }[];
}

/** Every part answers. */
export function healthTests(): void {
  test("A18 B24: /health answers through the frontend's NodePort, after asking the kernel", async () => {
    const response = await fetch(`${descriptor.urls.studio}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ service: "workspace-kernel" });
  });

  test(
    "B25 A40: kernel and backend answer /health over port-forward",
    async () => {
      for (const service of ["workspace-kernel", "graphstudio-backend"]) {
        const response = await getThroughPortForward(NAMESPACE, `service/${service}`, 3000, "/health");
        expect(await response.json()).toMatchObject({ service });
      }
    },
    MINUTE,
  );

  test(
    "B26 A39: SELECT 1 as user nexus in postgres-0",
    async () => {
      const answer = await kubectl(
        NAMESPACE,
        "exec",
        "postgres-0",
        "--",
        "psql",
        "-U",
        "nexus",
        "-d",
        "nexus",
        "-tAc",
        "SELECT 1",
      );
      expect(answer.trim()).toBe("1");
    },
    MINUTE,
  );

  test(
    "B23: every Service has a ready endpoint",
    async () => {
      const services = await list(NAMESPACE, "services");
      const slices = await list<Slice>(NAMESPACE, "endpointslices");
      expect(services.map((service) => service.metadata.name).sort()).toEqual(expect.arrayContaining(WORKLOADS));
      for (const { metadata } of services) {
        const own = slices.filter((slice) => slice.metadata.labels["kubernetes.io/service-name"] === metadata.name);
        const ready = own.flatMap((slice) => slice.endpoints ?? []).filter((endpoint) => endpoint.conditions.ready);
        expect([metadata.name, ready.length > 0]).toEqual([metadata.name, true]);
      }
    },
    MINUTE,
  );
}
