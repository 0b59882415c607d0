import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";

const folder = path.join(repositoryRoot, "images");
const images = fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, "Dockerfile")));

it("A1 B14: kernel, backend and frontend have a Dockerfile", () => {
  expect(images).toEqual(expect.arrayContaining(["workspace-kernel", "graphstudio-backend", "graphstudio-frontend"]));
});

describe.each(images)("C24 D1: the Dockerfile of %s", (image) => {
  const text = fs.readFileSync(path.join(folder, image, "Dockerfile"), "utf8");
  const stages = text.split(/^(?=FROM )/m).filter((stage) => stage.startsWith("FROM "));

  it("builds in one stage and runs in another, without the tools", () => {
    expect(stages.length).toBeGreaterThanOrEqual(2);
    expect(stages.at(-1)).not.toMatch(/^RUN .*\b(npm|apt-get)\b/m);
  });

  it("D4: runs as a numeric user, announces its ports and checks its health", () => {
    const last = stages.at(-1) ?? "";
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(last).toMatch(/^EXPOSE \d+/m);
    expect(last).toMatch(/^HEALTHCHECK --interval=\d+s --timeout=\d+s/m);
  });
});
