import * as path from "node:path";
import { dnsName } from "../names";
import { isRemote } from "../source/paths";
import { textOf } from "../source/tree";
import type { MountContext } from "./mounts";
import type { Reader } from "./reader";
import type { BuildTarget, ImageBuild } from "./types";

export interface BuildContext extends Pick<MountContext, "directory" | "files" | "lookup" | "isSecret" | "report"> {
  /** Undefined if nothing is built. */
  readonly builds: BuildTarget | undefined;
}

const READABLE = "it can be read in the image";
const MOUNT = "let the Dockerfile do without, or read it when the container runs";

/** Reads how a service's image is built. Everything that the build reads is inside of the project's directory. */
export function readBuild(
  name: string,
  service: Reader,
  target: BuildTarget,
  { directory, files, lookup, isSecret, report }: Omit<BuildContext, "builds">,
): ImageBuild {
  const build = service.child("build");
  const context = build.text("context") ?? directory;
  const inline = build.text("dockerfile_inline");
  const file = path.resolve(context, build.text("dockerfile") || "Dockerfile");
  const kind = isRemote(context) ? "remote" : files.kind(context);
  const widen = "move it there, or name a wider root directory";
  if (kind === "remote")
    build.problem("context", `"${context}" is not on this machine`, `copy it into the project, or give images.${name}`);
  else if (kind === "outside") build.problem("context", `"${context}" is outside of the project directory`, widen);
  else if (kind !== "directory")
    build.problem("context", `there is no directory "${context}"`, "create it, or correct the path");
  else if (inline !== undefined) {
    if (build.has("dockerfile"))
      build.problem("dockerfile_inline", "stands beside `dockerfile`", "leave one of them out");
    if (!target.inlineDockerfiles)
      build.problem("dockerfile_inline", 'needs images.builder "buildkit"', "write it to a file, and name that");
  } else if (files.kind(file) === "outside")
    build.problem("dockerfile", `"${file}" is outside of the project directory`, widen);
  else if (files.kind(file) !== "file")
    build.problem("dockerfile", `there is no file "${file}"`, "create it, or correct `dockerfile`");
  const args = build.entries("args").flatMap(([key, node]): [string, string][] => {
    const isGiven = node.kind === "scalar" && node.value !== null;
    const value = isGiven ? textOf(node) : lookup(key);
    // Without any value, the default in the Dockerfile is used.
    return value === undefined ? [] : [[key, value]];
  });
  const secretArgs = args.filter(([key, value]) => isSecret(key, value)).map(([key]) => key);
  for (const key of secretArgs) report.add(name, "build.args", key, READABLE, MOUNT);
  for (const key of ["context", "dockerfile", "dockerfile_inline", "target"]) {
    const node = build.at(key);
    if (node?.kind === "scalar" && node.marked !== undefined) report.add(name, `build.${key}`, "", READABLE, MOUNT);
  }
  return {
    service: name,
    image: `${target.repository}/${dnsName(name)}:${target.tag}`,
    context,
    dockerfile: inline === undefined ? { file } : { text: inline },
    target: build.text("target") || undefined,
    args: Object.fromEntries(args),
    secretArgs,
  };
}
