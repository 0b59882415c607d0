import type { DeploymentSpec } from "../deployment-spec";
import type { LossReport } from "../losses";
import { holdsSecret } from "../secrets";
import type { Reader } from "./reader";

/** The image of a service: the one that is set for it, else the file's. */
export function readImage(name: string, service: Reader, spec: DeploymentSpec, report: LossReport): string {
  const image = spec.image ?? service.text("image");
  if (service.has("build") && image !== undefined)
    report.add(name, "build", service.plain("build"), `no image is built; ${image} must be there`, "build and push it");
  if (image !== undefined && image !== "") {
    checkCase(name, image, service);
    return image;
  }
  const fix = `build and push it, then add \`x-nexus: { image: <registry>/${name}:<tag> }\` or give images.${name}`;
  if (service.has("build")) service.problem("build", "no image is built here, and none is named", fix);
  else service.problem("", "has neither image nor build", "add `image`");
  return "";
}

/** Registries refuse upper case in the name of an image; a registry's own host, a tag and a digest may have it. */
function checkCase(name: string, image: string, service: Reader): void {
  const repository = (image.split("@")[0] ?? "").replace(/:[^/:]*$/, "");
  const [first = "", ...others] = repository.split("/");
  const isHost = others.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = isHost ? others.join("/") : repository;
  if (path === path.toLowerCase()) return;
  const shown = holdsSecret(image) ? "the image" : `"${image}"`;
  const text = `${shown} of service "${name}" is no image: its name has upper case`;
  const valid = `${isHost ? `${first}/` : ""}${path.toLowerCase()}${image.slice(repository.length)}`;
  service.problem("image", text, holdsSecret(image) ? "write it in lower case" : `write "${valid}"`);
}
