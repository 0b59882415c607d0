import * as fs from "node:fs";

const ELSEWHERE =
  "Use a cluster you have instead: `kind create cluster` (or switch Kubernetes on in Docker Desktop), then " +
  "`pulumi config set --path 'nexus:cluster.kind' context && pulumi config set --path 'nexus:cluster.context' <name>`.";

export interface PlatformSupport {
  readonly supported: boolean;
  readonly reason: string;
}

/** Whether the local platform can run on this machine, and if not, why and what to do instead. */
export function platformSupport(): PlatformSupport {
  if (process.platform !== "linux")
    return { supported: false, reason: `The local platform needs Linux; this is ${process.platform}. ${ELSEWHERE}` };
  if (process.arch !== "x64")
    return { supported: false, reason: `The local platform needs x86-64; this is ${process.arch}. ${ELSEWHERE}` };
  if (process.getuid?.() !== 0)
    return { supported: false, reason: `The local platform needs root to make a node's namespaces. ${ELSEWHERE}` };
  if (!fs.existsSync("/usr/bin/unshare") && !fs.existsSync("/bin/unshare"))
    return { supported: false, reason: `The program unshare (package util-linux) is missing. ${ELSEWHERE}` };
  return { supported: true, reason: "Linux on x86-64 as root" };
}
