import { waitFor } from "@nexus/host";
import { descriptor, kubectl, list } from "../platform";
import { getThroughPortForward } from "../port-forward";
import { Entrance, entranceOf } from "../topologies/ingress-controller";
import { expectStatusAndLogs } from "../topologies/topology";
import type { StackCopy } from "./copy";
import { NAMESPACE, WORKLOADS } from "./pods";

const MINUTE = 60_000;

interface Slice {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready?: boolean };
  }[];
}

interface Autoscaler {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
    readonly currentMetrics?: readonly {
      readonly resource?: { readonly name: string; readonly current: { readonly averageValue?: string } };
    }[];
  };
}

/** The metrics of an autoscaler, by resource; undefined while one of them has no value, or it cannot scale. */
function usageOf({ status }: Autoscaler): Record<string, number> | undefined {
  const active = status.conditions?.find(({ type }) => type === "ScalingActive");
  if (active?.status !== "True") throw new Error(active?.message ?? "no condition ScalingActive");
  const numbers = (status.currentMetrics ?? []).map(({ resource }) => [
    resource?.name ?? "",
    Number.parseFloat(resource?.current.averageValue ?? ""),
  ]);
  return numbers.some(([, number]) => Number.isNaN(number)) ? undefined : Object.fromEntries(numbers);
}

/** Every part answers. */
export function healthTests(stack: StackCopy): void {
  test("A16 A17: status and logs know every workload", () => expectStatusAndLogs(stack, WORKLOADS, WORKLOADS), MINUTE);

  test("A18 B24: /health answers through the frontend's NodePort, after asking the kernel", async () => {
    const response = await fetch(`${descriptor.urls.studio}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ service: "workspace-kernel" });
  });

  test("A18 B5 B24: the same through the Ingress of class nginx, for its host and no other", async () => {
    const entrance = await entranceOf(NAMESPACE);
    expect(await (await fetch(`http://localhost:${descriptor.ingressPort}/health`)).json()).toMatchObject({
      service: "workspace-kernel",
    });
    expect((await entrance.send("GET", "/")).body.text).toContain("<html");
    expect((await entrance.send("GET", "/account/me")).status).toBe(401);
    await expect(entrance.socket()).rejects.toThrow("401");
    const stranger = new Entrance(descriptor.ingressPort ?? 0, "other.example.com");
    expect((await stranger.send("GET", "/health")).status).toBe(404);
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

  test(
    "D20 X10: the autoscalers get CPU and memory of the pods from metrics-server, and act on them",
    async () => {
      const autoscalers = await list<Autoscaler>(NAMESPACE, "horizontalpodautoscalers");
      expect(autoscalers.map(({ metadata }) => metadata.name).sort()).toEqual(["nexus-os", "workspace-kernel"]);
      for (const { metadata } of autoscalers) {
        const measured = await waitFor(`Numbers for the autoscaler ${metadata.name}`, 120, async () => {
          const text = await kubectl(NAMESPACE, "get", "horizontalpodautoscaler", metadata.name, "-o", "json");
          return usageOf(JSON.parse(text) as Autoscaler);
        });
        expect(Object.keys(measured).sort()).toEqual(["cpu", "memory"]);
        // The usage of one pod. A running process has some memory, and may use no CPU.
        expect(measured.memory).toBeGreaterThan(0);
        expect(measured.cpu).toBeGreaterThanOrEqual(0);
      }
    },
    3 * MINUTE,
  );

  test(
    "A33a A33b A33c A33d: status shows health, autoscalers, the usage of pods and nodes, and events by their time",
    async () => {
      const output = await waitFor("Usage of each workload in the status", 120, async () => {
        const status = await stack.nexus("status", "--events");
        const rows = WORKLOADS.map(
          (name) => new RegExp(`^pod/${name}-\\S+ +\\d+m( \\(\\d+%\\))? +[1-9]\\d*Mi( \\(\\d+%\\))?$`, "m"),
        );
        return rows.every((row) => row.test(status.output)) ? status.output : undefined;
      });
      expect(output).toMatch(/^node\/\S+ +[1-9]\d*m \(\d+%\) +[1-9]\d*Mi \(\d+%\)$/m);
      for (const name of WORKLOADS) expect(output).toMatch(new RegExp(`^${name} +(\\d+)/\\1 +ready `, "m"));
      expect(output).toMatch(/^workspace-kernel +\d+ of \d+-\d+ +cpu \d+m\/1400m, memory \d+Mi\/1638Mi$/m);
      expect(output).toMatch(/^AGE +OBJECT +REASON +EVENT$/m);
      expect(output).toMatch(/^\d+[smhd] +[a-z]+\/\S+ +[A-Z]\w+ /m);
    },
    3 * MINUTE,
  );
}
