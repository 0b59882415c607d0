import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { keepBuilds, takeBuilds } from "../../../local/platform/kept-builds";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kept-"));
const earlier = process.env.XDG_CACHE_HOME;
beforeAll(() => (process.env.XDG_CACHE_HOME = path.join(folder, "cache")));
afterAll(() => {
  if (earlier === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = earlier;
  fs.rmSync(folder, { recursive: true });
});

const [one, other] = [path.join(folder, "one"), path.join(folder, "other")];
const layers = (home: string) => path.join(home, "data/buildkit/layers");
const has = (home: string) => (fs.existsSync(layers(home)) ? fs.readFileSync(layers(home), "utf8") : undefined);

test("the builds of a platform are those of the next one, and two that run at the same time do not share them", () => {
  takeBuilds(one);
  expect(has(one)).toBeUndefined();
  keepBuilds(one);
  fs.mkdirSync(path.dirname(layers(one)), { recursive: true });
  fs.writeFileSync(layers(one), "first");
  keepBuilds(one);
  expect(has(one)).toBeUndefined();
  takeBuilds(one);
  takeBuilds(other);
  expect([has(one), has(other)]).toEqual(["first", undefined]);
  fs.mkdirSync(path.dirname(layers(other)), { recursive: true });
  fs.writeFileSync(layers(other), "second");
  keepBuilds(one);
  keepBuilds(other);
  expect([has(one), has(other)]).toEqual([undefined, "second"]);
  fs.rmSync(other, { recursive: true });
  takeBuilds(other);
  expect(has(other)).toBe("first");
});
