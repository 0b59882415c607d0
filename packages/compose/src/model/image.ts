import type { DeploymentSpec } from "../deployment-spec";
import { holdsSecret } from "../secrets";
import { type BuildContext, readBuild } from "./build";
import type { Reader } from "./reader";
import type { Service } from "./types";

const USE_BUILD = "push it, or set `pull_policy: build`";

/** The image of a service: the one that is set for it, else the file's, else one that is built. */
export function readImage(
  name: string,
  service: Reader,
  spec: DeploymentSpec,
  /** `unset`: variables of a key that are not set. */
  context: BuildContext & { readonly unset: (key: string) => readonly string[] },
): Pick<Service, "image" | "build"> {
  const { builds, report } = context;
  const unset = context.unset("image");
  const image = spec.image ?? service.text("image");
  const isBuilt = spec.image === undefined && (!image || service.text("pull_policy") === "build");
  if (builds && service.has("build") && isBuilt) {
    const build = readBuild(name, service, builds, context);
    return { image: build.image, build };
  }
  if (service.has("build") && image !== undefined)
    report.add(name, "build", service.plain("build"), `no image is built; ${image} must be there`, USE_BUILD);
  const missing = spec.image === undefined && unset.length > 0 ? unset.join(" and ") : undefined;
  if (image !== undefined && image !== "") {
    checkReference(name, image, service, missing);
    return { image, build: undefined };
  }
  const fix = `build and push it, then add \`x-nexus: { image: <registry>/${name}:<tag> }\` or give images.${name}`;
  if (service.has("build"))
    service.problem("build", "no image is built with images.builder prebuilt, and none is named", fix);
  else if (missing !== undefined) service.problem("image", `is empty, because ${missing} is not set`, `set ${missing}`);
  else service.problem("", "has neither image nor build", "add `image`");
  return { image: "", build: undefined };
}

const HOST = /^([A-Za-z0-9][A-Za-z0-9.-]*|\[[\da-fA-F:]+\])(:\d+)?$/;
const PART = /^[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*$/;

/** Nodes refuse an invalid reference; a registry's host, a tag and a digest may contain upper case. */
function checkReference(name: string, image: string, service: Reader, missing: string | undefined): void {
  const [tagged = "", digest] = image.split("@");
  const tag = /:([^/:]*)$/.exec(tagged)?.[1];
  const repository = tag === undefined ? tagged : tagged.slice(0, -tag.length - 1);
  const [first = "", ...others] = repository.split("/");
  const isHost = others.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = isHost ? others.join("/") : repository;
  const shown = holdsSecret(image) ? "the image" : `"${image}"`;
  const wrong = (text: string, fix: string) =>
    service.problem("image", `${shown} of service "${name}" is not a valid image: ${text}`, fix);
  const correct = missing === undefined ? "correct it" : `set ${missing}`;
  const because = missing === undefined ? "" : `, because ${missing} is not set`;
  if (path !== path.toLowerCase()) {
    const valid = `${isHost ? `${first}/` : ""}${path.toLowerCase()}${image.slice(repository.length)}`;
    wrong("its name has upper case", holdsSecret(image) ? "write it in lower case" : `write "${valid}"`);
  } else if ((isHost && !HOST.test(first)) || !path.split("/").every((part) => PART.test(part)))
    wrong(`a part of its name is ${path.split("/").includes("") ? "empty" : "not valid"}${because}`, correct);
  else if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag))
    wrong(`its tag is ${tag === "" ? "empty" : "not valid"}${because}`, correct);
  else if (digest !== undefined && !/^[a-z0-9+._-]+:[0-9a-f]{32,}$/i.test(digest))
    wrong(`its digest is ${digest === "" ? "empty" : "not valid"}${because}`, correct);
}
