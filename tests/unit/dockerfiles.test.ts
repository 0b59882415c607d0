import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";

const folder = path.join(repositoryRoot, "images");
const images = fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, "Dockerfile")));

it("A1 B14: kernel, backend and frontend have a Dockerfile", () => {
  expect(images).toEqual(expect.arrayContaining(["workspace-kernel", "graphstudio-backend", "graphstudio-frontend"]));
});

it("D3 D4 F5: the kernel's image has its ports, its log level and a cache folder that its user owns", () => {
  const text = fs.readFileSync(path.join(folder, "workspace-kernel", "Dockerfile"), "utf8");
  const last = text.slice(text.lastIndexOf("\nFROM "));
  expect(last).toMatch(/^ENV HTTP_PORT=3000 WS_PORT=3001 LOG_LEVEL=info$/m);
  expect(last).toMatch(/^EXPOSE 3000 3001$/m);
  const user = /^USER (\d+):(\d+)$/m.exec(last);
  expect(last).toContain(`\nRUN install -d -o ${user?.[1]} -g ${user?.[2]} /tmp/nexus-cache\n`);
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
