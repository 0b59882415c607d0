import * as fs from "node:fs";
import * as path from "node:path";
import type { Session } from "../../cli/session";

/**
 * A session whose kubectl is a script.
 * @param lists answers of `get`, by its first argument
 * @param others a line of shell for every other command, which sees the arguments as `$*`
 */
export function sessionWithKubectl(
  binDir: string,
  lists: Readonly<Record<string, readonly object[]>>,
  others: string,
): Session {
  const cases = Object.entries(lists).map(([kind, items], index) => {
    const file = path.join(binDir, `${index}.json`);
    fs.writeFileSync(file, JSON.stringify({ items }));
    return `*" get ${kind} "*) cat ${file} ;;`;
  });
  const script = ["#!/bin/sh", 'case "$*" in', ...cases, `*) ${others} ;;`, "esac", ""].join("\n");
  fs.writeFileSync(path.join(binDir, "kubectl"), script, { mode: 0o755 });
  const settings: Session["settings"] = {
    stack: "test",
    file: "Pulumi.test.yaml",
    clusterKind: "context",
    context: "test",
    kubeconfig: undefined,
    encryption: undefined,
    salt: undefined,
    builder: "buildkit",
    builderName: undefined,
    namespace: "nexus",
    workloads: [],
  };
  return { settings, variables: { PATH: `${binDir}:${process.env.PATH}` }, binDir, platform: undefined };
}
