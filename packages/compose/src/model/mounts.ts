import * as path from "node:path";
import type { LossReport } from "../losses";
import { isDomainName } from "@nexus/contract";
import { holdsSecretText } from "../secrets";
import { type FileSource, readNamed } from "../source/files";
import { fail, keyOf } from "../source/problem";
import type { SecretTest } from "../source/interpolate";
import { sizeBytes } from "../source/units";
import type { Reader } from "./reader";
import type { FileSet, Mount } from "./types";

/** Objects of Kubernetes have at most 1 MiB, including everything around the content. */
const MAX_SET_BYTES = 900 * 1024;
const MAX_SET_FILES = 100;

export interface MountContext {
  readonly directory: string;
  readonly files: FileSource;
  readonly lookup: (name: string) => string | undefined;
  /** Names of compose files: a directory that contains one is source code, not settings. */
  readonly composeFiles: readonly string[];
  readonly document: Reader;
  readonly isSecret: SecretTest;
  readonly report: LossReport;
}

/** Everything that a service mounts. */
export function readMounts(name: string, service: Reader, context: MountContext): Mount[] {
  const mounts = [
    ...service.children("volumes").flatMap((volume) => readVolume(name, volume, context)),
    ...service
      .texts("tmpfs")
      .filter(Boolean)
      .map((text) => readTmpfs(name, text, context.report)),
    ...(["configs", "secrets"] as const).flatMap((section) =>
      service.children(section).flatMap((item) => {
        for (const owner of ["uid", "gid"])
          if (item.has(owner) && !/^[1-9]\d*(:|$)/.test(service.text("user") ?? "")) {
            const effect = "files belong to root and the pod's group";
            context.report.add(name, `${section}.${owner}`, item.plain(owner), effect, "set `user` to a number");
          }
        return readReference(section, item, context);
      }),
    ),
  ];
  const bytes = service.size("shm_size") || undefined;
  const shm: Mount = { kind: "scratch", target: "/dev/shm", readOnly: false, memory: true, bytes };
  return onePerPath(name, bytes === undefined ? mounts : [shm, ...mounts], context.report);
}

/** A path has one mount: one that keeps data is preferred, else the last one. */
function onePerPath(name: string, mounts: readonly Mount[], report: LossReport): Mount[] {
  const kept = new Map<string, Mount>();
  for (const mount of mounts) {
    const target = mountPath(mount.target);
    const before = kept.get(target);
    const keepsBefore = before?.kind === "volume" && mount.kind !== "volume";
    if (before !== undefined) {
      const lost = keepsBefore ? mount : before;
      report.add(name, "volumes", `${target} (${lost.kind})`, "another mount has this path", "remove one of them");
    }
    if (!keepsBefore) kept.set(target, { ...mount, target });
  }
  return [...kept.values()];
}

/** A normalised path in a container. */
export function mountPath(target: string): string {
  return path.posix.normalize(target).replace(/(?<=.)\/$/, "");
}

function readTmpfs(name: string, text: string, report: LossReport): Mount {
  const [target = "", given = ""] = text.split(":");
  const options = given.split(",").filter(Boolean);
  const sizes = options.map((option) => (option.startsWith("size=") ? sizeBytes(option.slice(5)) : undefined));
  const lost = options.filter((option, index) => !/^(ro|rw|exec)$/.test(option) && sizes[index] === undefined);
  for (const option of lost)
    report.add(name, "tmpfs", `${target}:${option}`, "the option is not carried over", "leave it out");
  const bytes = sizes.find((size) => size !== undefined) || undefined;
  return { kind: "scratch", target, readOnly: options.includes("ro"), memory: true, bytes };
}

function readVolume(name: string, volume: Reader, context: MountContext): Mount[] {
  const target = volume.text("target") ?? "";
  const source = volume.text("source");
  const mount = { target, readOnly: volume.flag("read_only") ?? false };
  const type = volume.text("type");
  if (target === "") volume.problem("", "has no target", "add the path in the container");
  if (target.includes(":")) volume.problem("", `no pod mounts "${target}"`, "use a path of Linux, without a colon");
  for (const key of ["volume", "image"]) {
    const below = volume.child(key).text("subpath") ?? "";
    if (below.startsWith("/") || below.split("/").includes(".."))
      volume.child(key).problem("subpath", `"${below}" leads out of the volume`, "write a path below it");
  }
  const { report } = context;
  for (const option of volume.text("options")?.split(",") ?? [])
    report.add(name, "volumes", `${target}:${option}`, "the option is not carried over", "leave it out");
  switch (type) {
    case "tmpfs":
      return [{ ...mount, kind: "scratch", memory: true, bytes: volume.child("tmpfs").size("size") || undefined }];
    case "image":
      return [{ ...mount, kind: "image", image: source ?? "", subPath: volume.child("image").text("subpath") }];
    case "bind":
      return readBind(name, source ?? "", volume, mount, context);
    case "volume":
      if (source === undefined) {
        const effect = "the directory is empty again in each new pod";
        report.add(name, "volumes", target, effect, "give the volume a name");
        return [{ ...mount, kind: "scratch", memory: false, bytes: undefined }];
      }
      if (!context.document.child("volumes").has(source))
        volume.problem("", `there is no volume "${source}"`, `add it below the top-level volumes`);
      return [{ ...mount, kind: "volume", volume: source, subPath: volume.child("volume").text("subpath") }];
    default:
      report.add(name, "volumes.type", type, "it is not mounted", "use a named volume");
      return [];
  }
}

function readBind(
  name: string,
  source: string,
  volume: Reader,
  mount: { target: string; readOnly: boolean },
  { files, directory, composeFiles, isSecret, report }: MountContext,
): Mount[] {
  const lose = (effect: string, advice: string) => {
    const relative = path.relative(directory, source) || ".";
    report.add(name, "volumes", `${relative.startsWith("..") ? source : relative}:${mount.target}`, effect, advice);
    return [];
  };
  const kind = path.isAbsolute(source) ? files.kind(source) : "outside";
  if (kind === "outside")
    return lose("directories of the node are not mounted", "use a named volume, a config or a secret");
  if (composeFiles.some((file) => file === source || file.startsWith(source + path.sep)))
    return lose("the project itself is not mounted", "put the source code into the image");
  if (kind === undefined) {
    lose("there is no such file; an empty directory is mounted", "use a named volume");
    return [{ ...mount, kind: "scratch", memory: false, bytes: undefined }];
  }
  if (kind === "other") return lose("pipes, sockets and devices are not mounted", "use a named volume");
  const root = kind === "file" ? path.dirname(source) : source;
  const names = kind === "file" ? [path.basename(source)] : files.names(source);
  const usable = names.filter((file) => !file.startsWith(".."));
  if (usable.length < names.length)
    lose("files whose names begin with two dots are not mounted", "give them other names");
  const content = new Map<string, Buffer>();
  if (!gather(files, root, usable, content))
    return lose(
      `more than ${MAX_SET_FILES} files or ${MAX_SET_BYTES} bytes are not mounted`,
      "put them into the image",
    );
  const bytes = [...content.values()].reduce((sum, file) => sum + file.length, 0);
  if (bytes > MAX_SET_BYTES) return lose(`more than ${MAX_SET_BYTES} bytes are not mounted`, "put them into the image");
  if (content.size === 0) {
    lose("the directory is empty; a new one is mounted", "use a named volume");
    return [{ ...mount, kind: "scratch", memory: false, bytes: undefined }];
  }
  if (!mount.readOnly) lose("it is mounted as a read-only copy", "write `:ro`, or use a named volume");
  const set: FileSet = {
    ...fileSet("bind", `${name}-${path.basename(source)}`, content, volume, isSecret),
    identity: `${name} ${path.relative(directory, source)}`,
    executable: executables(files, root, content),
  };
  return [
    { ...mount, kind: "files", set, single: kind === "file" ? path.basename(source) : undefined, mode: undefined },
  ];
}

function executables(files: FileSource, root: string, content: ReadonlyMap<string, Buffer>): Set<string> {
  return new Set([...content.keys()].filter((file) => files.isExecutable(path.join(root, file))));
}

/** Reads files below `root`, without pipes, sockets and links that lead outside. False if they are too large. */
function gather(files: FileSource, root: string, names: readonly string[], into: Map<string, Buffer>): boolean {
  return names.every((relative) => {
    const file = path.join(root, relative);
    const kind = files.kind(file);
    if (kind === "directory")
      return gather(
        files,
        root,
        files.names(file).map((name) => `${relative}/${name}`),
        into,
      );
    if (kind !== "file") return true;
    if (into.size === MAX_SET_FILES || files.bytes(file) > MAX_SET_BYTES) return false;
    into.set(relative, files.read(file));
    return true;
  });
}

function fileSet(
  kind: FileSet["kind"],
  name: string,
  files: ReadonlyMap<string, Buffer>,
  at: Reader,
  isSecret: SecretTest,
): FileSet {
  const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
  if (bytes > MAX_SET_BYTES) fail(at.place, keyOf(at.path), `has ${bytes} bytes; the maximum is ${MAX_SET_BYTES}`);
  const looksSecret = (text: string) => holdsSecretText(text) || isSecret("", text);
  const secret = kind === "secret" || [...files.values()].some((file) => looksSecret(file.toString("utf8")));
  return { kind, name, identity: name, files, secret, external: undefined, executable: new Set() };
}

function readReference(section: "configs" | "secrets", item: Reader, context: MountContext): Mount[] {
  const source = item.text("source") ?? "";
  const declared = context.document.child(section);
  if (!declared.has(source)) {
    item.problem("", `there is no ${section.slice(0, -1)} "${source}"`, `add it below the top-level ${section}`);
    return [];
  }
  const set = readFile(section, source, declared.child(source), context);
  const given = item.text("target") ?? (section === "secrets" ? source : `/${source}`);
  const target = given.startsWith("/") ? given : path.posix.join(section === "secrets" ? "/run/secrets" : "/", given);
  const single = [...set.files.keys()][0] ?? source;
  return [{ kind: "files", target, readOnly: true, set, single, mode: readMode(item) }];
}

function readMode(item: Reader): number | undefined {
  const text = item.text("mode");
  if (text === undefined) return undefined;
  // `mode: 0440` is octal; YAML has already read a number without the leading zero as decimal.
  const mode = /^0o?[0-7]+$/.test(text) ? Number.parseInt(text.replace(/^0o?/, ""), 8) : Number(text);
  if (Number.isInteger(mode) && mode >= 0 && mode <= 0o777) return mode;
  if (/^[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  item.problem("mode", `"${text}" is not a file mode such as 0440`);
  return undefined;
}

function readFile(section: "configs" | "secrets", source: string, entry: Reader, context: MountContext): FileSet {
  const kind = section === "secrets" ? "secret" : "config";
  const name = entry.text("name") ?? source;
  const external = entry.child("external");
  if (entry.flag("external") === true || external.has("name")) {
    const existing = external.text("name") ?? name;
    const what = kind === "secret" ? "Secret" : "ConfigMap";
    const fix = "set `name` to that of one: lower case, digits, dashes and dots";
    if (!isDomainName(existing)) entry.problem("", `no ${what} can be called "${existing}"`, fix);
    context.report.add("-", `${section}.${source}`, existing, `the ${what} is not made`, "create it before");
    const none = { files: new Map(), executable: new Set<string>() };
    return { kind, name, identity: source, secret: kind === "secret", external: existing, ...none };
  }
  const [file, content, variable] = [entry.text("file"), entry.text("content"), entry.text("environment")];
  const set = (value: Buffer, secret = false) => {
    const read = fileSet(kind, name, new Map([[source, value]]), entry, context.isSecret);
    return { ...read, identity: source, secret: secret || read.secret };
  };
  if (file !== undefined) {
    const read = set(readNamed(context.files, file, entry.place, keyOf(entry.path)));
    return context.files.isExecutable(file) ? { ...read, executable: new Set([source]) } : read;
  }
  if (content !== undefined) return set(Buffer.from(content), entry.command("content") !== content);
  const value = variable === undefined ? undefined : context.lookup(variable);
  if (variable !== undefined && value === undefined)
    entry.problem("environment", `the variable ${variable} is not set`, "set it in the environment or in an env file");
  else if (variable === undefined)
    entry.problem("", "has no content", `set file, ${kind === "config" ? "content, " : ""}environment or external`);
  return set(Buffer.from(value ?? ""), variable !== undefined && context.isSecret(variable, value ?? ""));
}
