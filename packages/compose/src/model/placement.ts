import type { LossReport } from "../losses";
import type { Reader } from "./reader";
import type { Placement } from "./types";

const CONSTRAINT = /^\s*([\w./-]+)\s*(==|!=)\s*(\S+)\s*$/;
const KEYS: Readonly<Record<string, string>> = {
  "node.hostname": "kubernetes.io/hostname",
  "node.platform.os": "kubernetes.io/os",
  "node.platform.arch": "kubernetes.io/arch",
};
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/** The nodes on which pods may run. */
export function readPlacement(name: string, service: Reader, report: LossReport): Placement {
  const placement = service.child("deploy").child("placement");
  const constraints = placement.texts("constraints").flatMap((text) => {
    const [, subject = "", operator = "", value = ""] = CONSTRAINT.exec(text) ?? [];
    const key = KEYS[subject] ?? (/^node\.labels\./.test(subject) ? subject.slice("node.labels.".length) : undefined);
    if (key !== undefined) return [{ key, value: ARCHITECTURES[value] ?? value, equal: operator === "==" }];
    report.add(name, "deploy.placement.constraints", text, "pods run on any node", "use a label of the node");
    return [];
  });
  const perNode = placement.whole("max_replicas_per_node");
  if (perNode !== undefined && perNode > 1)
    report.add(name, "deploy.placement.max_replicas_per_node", perNode, "a node may have more", "set 1");
  const spread = placement
    .children("preferences")
    .map((item) => (item.text("spread") ?? "").replace(/^node\.labels\./, ""));
  return {
    nodeLabels: [...platformLabels(service.text("platform")), ...constraints],
    spread,
    onePerNode: perNode === 1,
  };
}

function platformLabels(platform: string | undefined): Placement["nodeLabels"] {
  const [os, architecture] = (platform ?? "").split("/");
  return [
    ...(os ? [{ key: "kubernetes.io/os", value: os, equal: true }] : []),
    ...(architecture
      ? [{ key: "kubernetes.io/arch", value: ARCHITECTURES[architecture] ?? architecture, equal: true }]
      : []),
  ];
}
