import type { DeploymentSpec } from "../deployment-spec";
import type { LossReport } from "../losses";
import type { Reader } from "./reader";

/** The image of a service: the one that is set for it, else the file's. */
export function readImage(name: string, service: Reader, spec: DeploymentSpec, report: LossReport): string {
  const image = spec.image ?? service.text("image");
  if (service.has("build") && image !== undefined)
    report.add(name, "build", service.plain("build"), `no image is built; ${image} must be there`, "build and push it");
  if (image !== undefined && image !== "") return image;
  const fix = `build and push it, then add \`x-nexus: { image: <registry>/${name}:<tag> }\` or give images.${name}`;
  if (service.has("build")) service.problem("build", "no image is built here, and none is named", fix);
  else service.problem("", "has neither image nor build", "add `image`");
  return "";
}
