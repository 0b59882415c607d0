import type { DeploymentSpec } from "../deployment-spec";
import type { LossReport } from "../losses";
import { holdsSecret } from "../secrets";
import type { Reader } from "./reader";

/**
 * The image of a service: the one that is set for it, else the file's.
 * @param unset variables of the file's that are not set
 */
export function readImage(
  name: string,
  service: Reader,
  spec: DeploymentSpec,
  unset: readonly string[],
  report: LossReport,
): string {
  const image = spec.image ?? service.text("image");
  if (service.has("build") && image !== undefined)
    report.add(name, "build", service.plain("build"), `no image is built; ${image} must be there`, "build and push it");
  const missing = spec.image === undefined && unset.length > 0 ? unset.join(" and ") : undefined;
  if (image !== undefined && image !== "") {
    checkReference(name, image, service, missing);
    return image;
  }
  const fix = `build and push it, then add \`x-nexus: { image: <registry>/${name}:<tag> }\` or give images.${name}`;
  if (service.has("build")) service.problem("build", "no image is built here, and none is named", fix);
  else if (missing !== undefined) service.problem("image", `is empty, as ${missing} is not set`, `set ${missing}`);
  else service.problem("", "has neither image nor build", "add `image`");
  return "";
}

const HOST = /^([A-Za-z0-9][A-Za-z0-9.-]*|\[[\da-fA-F:]+\])(:\d+)?$/;
const PART = /^[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*$/;

/** Nodes refuse what is no reference; a registry's own host, a tag and a digest may have upper case. */
function checkReference(name: string, image: string, service: Reader, missing: string | undefined): void {
  const [tagged = "", digest] = image.split("@");
  const tag = /:([^/:]*)$/.exec(tagged)?.[1];
  const repository = tag === undefined ? tagged : tagged.slice(0, -tag.length - 1);
  const [first = "", ...others] = repository.split("/");
  const isHost = others.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = isHost ? others.join("/") : repository;
  const shown = holdsSecret(image) ? "the image" : `"${image}"`;
  const wrong = (text: string, fix: string) =>
    service.problem("image", `${shown} of service "${name}" is no image: ${text}`, fix);
  const correct = missing === undefined ? "correct it" : `set ${missing}`;
  const because = missing === undefined ? "" : `, as ${missing} is not set`;
  if (path !== path.toLowerCase()) {
    const valid = `${isHost ? `${first}/` : ""}${path.toLowerCase()}${image.slice(repository.length)}`;
    wrong("its name has upper case", holdsSecret(image) ? "write it in lower case" : `write "${valid}"`);
  } else if ((isHost && !HOST.test(first)) || !path.split("/").every((part) => PART.test(part)))
    wrong(`a part of its name is ${path.split("/").includes("") ? "empty" : "none"}${because}`, correct);
  else if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag))
    wrong(`its tag is ${tag === "" ? "empty" : "none"}${because}`, correct);
  else if (digest !== undefined && !/^[a-z0-9+._-]+:[0-9a-f]{32,}$/i.test(digest))
    wrong(`its digest is ${digest === "" ? "empty" : "none"}${because}`, correct);
}
