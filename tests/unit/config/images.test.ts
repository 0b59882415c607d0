import { pinned, servedImage, thirdPartyImages } from "@nexus/contract";
import { load, machine, platform } from "../../support/config";

const OWN = `sha256:${"1".repeat(64)}`;
const OTHER = `sha256:${"2".repeat(64)}`;
const served = { "library/postgres:15.18-bookworm": OWN };

describe("images of other projects", () => {
  it("are named by tag and digest, so that nobody else decides what runs", () => {
    const references = Object.values(thirdPartyImages).map(pinned);
    const loose = references.filter((one) => !/^[a-z0-9.]+\/[a-z0-9./]+:v?\d[\w.-]*@sha256:[0-9a-f]{64}$/.test(one));
    expect(loose).toEqual([]);
  });

  it("are those by default", async () => {
    const { postgres, redis } = await load({});
    expect([postgres.image, redis.image]).toEqual([pinned(thirdPartyImages.postgres), pinned(thirdPartyImages.redis)]);
  });

  it.each([
    [
      "with another digest",
      `docker.io/library/postgres:15.18-bookworm@${OTHER}`,
      `docker.io/library/postgres:15.18-bookworm@${OWN}`,
    ],
    ["under its short name", `postgres:15.18-bookworm@${OTHER}`, `postgres:15.18-bookworm@${OWN}`],
    ["by its tag alone", "postgres:15.18-bookworm", "postgres:15.18-bookworm"],
    ["of another tag", `postgres:16.4@${OTHER}`, `postgres:16.4@${OTHER}`],
    [
      "of another registry",
      `registry.example.com/library/postgres:15.18-bookworm@${OTHER}`,
      `registry.example.com/library/postgres:15.18-bookworm@${OTHER}`,
    ],
    ["without a tag", `postgres@${OTHER}`, `postgres@${OTHER}`],
    ["called like a method of objects", `constructor@${OTHER}`, `constructor@${OTHER}`],
  ])("run as the cluster's own registry has them: one %s", (_what, image, runs) => {
    expect(servedImage(image, served)).toBe(runs);
  });

  it("are those of the local platform's registry there, and the public ones elsewhere", async () => {
    const own = { ...machine, platform: () => ({ ...platform, images: served }) };
    const here = await load({ machine: own });
    expect(here.postgres.image).toBe(`docker.io/library/postgres:15.18-bookworm@${OWN}`);
    expect(here.redis.image).toBe(pinned(thirdPartyImages.redis));
    const there = await load({ stack: "staging", machine: own });
    expect(there.postgres.image).toBe(pinned(thirdPartyImages.postgres));
  });
});
