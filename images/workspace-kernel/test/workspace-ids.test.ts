import { z } from "zod";
import { WorkspaceIds } from "../src/ownership/workspace-ids";

const [KEY, PREVIOUS] = ["k".repeat(32), "p".repeat(32)];
const here = new WorkspaceIds("10.42.0.7", [KEY]);
const there = new WorkspaceIds("10.42.1.255", [KEY]);

test("an id is a UUID that says which pod holds the workspace", () => {
  for (let count = 0; count < 200; count += 1) {
    const id = here.create();
    expect(z.uuid().safeParse(id).success).toBe(true);
    expect(here.ownerOf(id)).toEqual({ kind: "here" });
    expect(there.ownerOf(id)).toEqual({ kind: "elsewhere", address: "10.42.0.7" });
    expect(here.ownerOf(id.toUpperCase())).toEqual({ kind: "here" });
  }
});

test("addresses with zeros survive", () => {
  const zeros = new WorkspaceIds("0.0.0.1", [KEY]);
  expect(here.ownerOf(zeros.create())).toEqual({ kind: "elsewhere", address: "0.0.0.1" });
});

test("an id of an earlier process on the same address has ended", () => {
  expect(new WorkspaceIds("10.42.0.7", [KEY]).ownerOf(here.create())).toEqual({ kind: "ended" });
});

test("nobody can make an id without the key, or change one", () => {
  expect(here.ownerOf(new WorkspaceIds("10.42.1.255", [PREVIOUS]).create())).toEqual({ kind: "unknown" });
  const id = there.create();
  for (let at = 0; at < id.length; at += 1) {
    if (id[at] === "-") continue;
    const changed = id.slice(0, at) + (id[at] === "8" ? "9" : "8") + id.slice(at + 1);
    if (changed !== id) expect([at, here.ownerOf(changed).kind]).toEqual([at, "unknown"]);
  }
  expect(here.ownerOf("8b0c3a2e-1111-4222-8333-444455556666")).toEqual({ kind: "unknown" });
  expect(here.ownerOf("no id")).toEqual({ kind: "unknown" });
});

test("C25: ids stay known while the signing key is replaced", () => {
  const replaced = new WorkspaceIds("10.42.1.255", [PREVIOUS, KEY]);
  expect(replaced.ownerOf(here.create())).toEqual({ kind: "elsewhere", address: "10.42.0.7" });
});
