import { podTemplates, type PodTemplate, recordStack } from "../support/recorded-stack";

/** The violations of Pod Security `restricted` and of our own baseline in a pod. */
function violations({ spec }: PodTemplate): string[] {
  const found: string[] = [];
  const rule = (holds: boolean, text: string) => holds || found.push(text);
  const pod = spec.securityContext as Record<string, unknown> | undefined;
  rule(pod?.runAsNonRoot === true, "runAsNonRoot is not true");
  for (const name of ["runAsUser", "runAsGroup", "fsGroup"])
    rule(typeof pod?.[name] === "number" && pod[name] > 0, `${name} is not a number above 0`);
  rule(JSON.stringify(pod?.seccompProfile) === '{"type":"RuntimeDefault"}', "seccompProfile is not RuntimeDefault");
  for (const name of ["hostNetwork", "hostPID", "hostIPC"]) rule(!spec[name], `${name} is set`);
  rule(spec.automountServiceAccountToken === false, "a token is mounted");
  rule(spec.enableServiceLinks === false, "service links are on");
  rule(typeof spec.serviceAccountName === "string" && spec.serviceAccountName !== "default", "runs as default account");
  for (const volume of (spec.volumes ?? []) as Record<string, unknown>[]) {
    const kind = Object.keys(volume).find((key) => key !== "name") ?? "";
    rule(["emptyDir", "configMap", "secret", "projected", "persistentVolumeClaim"].includes(kind), `volume ${kind}`);
  }
  const containers = [...spec.containers, ...((spec.initContainers ?? []) as PodTemplate["spec"]["containers"])];
  for (const { securityContext, resources, image, ports } of containers) {
    const context = securityContext as Record<string, unknown> | undefined;
    rule(context?.allowPrivilegeEscalation === false, "privilege escalation is allowed");
    rule(context?.readOnlyRootFilesystem === true, "the root file system is writable");
    rule(JSON.stringify(context?.capabilities) === '{"drop":["ALL"]}', "capabilities are not dropped");
    rule(context?.privileged !== true, "is privileged");
    const { requests, limits } = resources as { requests?: object; limits?: object };
    for (const amounts of [requests, limits])
      rule(Object.keys(amounts ?? {}).join() === "cpu,memory", "requests or limits are not complete");
    rule(/@sha256:[0-9a-f]{64}$/.test(image), `image ${image} is not pinned`);
    for (const port of (ports ?? []) as Record<string, unknown>[]) rule(!("hostPort" in port), "hostPort is set");
  }
  return found;
}

describe.each(["dev", "staging"] as const)("A46 C16 C17 D5: the pods of %s", (name) => {
  it("keep every rule of Pod Security restricted and of the security baseline", async () => {
    const templates = podTemplates(await recordStack(name));
    expect(Object.keys(templates)).toHaveLength(10);
    const found = Object.entries(templates).map(([owner, template]) => [owner, violations(template)]);
    expect(found.filter(([, rules]) => rules?.length)).toEqual([]);
  });
});

describe("the check itself", () => {
  it("finds the violations of an insecure pod", () => {
    const careless = {
      metadata: { name: "careless" },
      spec: {
        hostNetwork: true,
        volumes: [{ name: "node", hostPath: { path: "/" } }],
        containers: [{ name: "careless", image: "nginx:1.28.0", resources: {}, ports: [{ hostPort: 80 }] }],
      },
    };
    expect(violations(careless)).toEqual([
      "runAsNonRoot is not true",
      "runAsUser is not a number above 0",
      "runAsGroup is not a number above 0",
      "fsGroup is not a number above 0",
      "seccompProfile is not RuntimeDefault",
      "hostNetwork is set",
      "a token is mounted",
      "service links are on",
      "runs as default account",
      "volume hostPath",
      "privilege escalation is allowed",
      "the root file system is writable",
      "capabilities are not dropped",
      "requests or limits are not complete",
      "requests or limits are not complete",
      "image nginx:1.28.0 is not pinned",
      "hostPort is set",
    ]);
  });
});
