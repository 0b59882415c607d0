import { PlainDisplay } from "../../../cli/update/plain-display";

const NEXUS_OS = " +  docker-build:index:Image images-nexus-os creating (0s)";
const ACCOUNT = " +  kubernetes:core/v1:ServiceAccount account";

function shown(lines: readonly string[]): string[] {
  const display = new PlainDisplay();
  return (display.take(`${lines.join("\n")}\n`) + display.end()).trimEnd().split("\n");
}

test("what was printed for a resource is not repeated, and its end is printed", () => {
  const lines = [`${ACCOUNT} creating (0s) `, `${ACCOUNT} creating (0s) `, `${ACCOUNT} created (0.02s)`];
  expect(shown(lines)).toEqual([lines[0], lines[2]]);
});

test("the slow steps of an image build are shown, once each, without their output", () => {
  const step = `${NEXUS_OS} #3 [builder  1/13] FROM docker.io/library/node`;
  const later = step.replace("(0s)", "(4s)");
  const copy = `${NEXUS_OS} #4 [builder  3/13] COPY package.json ./`;
  const lines = [
    `${NEXUS_OS} `,
    `${NEXUS_OS} #1 DONE 0.0s`,
    copy,
    step,
    `${NEXUS_OS} #3 sha256:0d35 201B / 201B`,
    later,
  ];
  expect(shown(lines)).toEqual([lines[0], step]);
});

test("dots are shown as they arrive, in one line until there is other output", () => {
  const display = new PlainDisplay();
  const pieces = ["@ upda", "ting.", "..", `\n${ACCOUNT} creating (0s)\n`, "@ updating..", "\n", `${ACCOUNT} creating`];
  const news = pieces.map((piece) => display.take(piece));
  expect(news).toEqual(["", "@ updating.", "..", `\n${ACCOUNT} creating (0s)\n`, "@ updating..", "", ""]);
  expect(display.take(" (1s) \n@ updating...\n")).toBe("...");
  expect(display.take("Resources:\n    67 unchanged\n")).toBe("\nResources:\n    67 unchanged\n");
});

test("warnings, diagnostics, diffs and unknown lines are shown, also twice, and so is a last line without a line break", () => {
  const lines = [
    " +  kubernetes:apps/v1:Deployment web creating (10s) warning: [Pod nexus/web-1]: containers with unready status: [web]",
    "    error: update failed",
    "    error: update failed",
    " ~  kubernetes:apps/v1:Deployment web updated (3s) [diff: ~spec]",
    "",
    "",
    "Resources:",
    "    + 67 created",
  ];
  expect(shown(lines)).toEqual(lines);
  const display = new PlainDisplay();
  expect(display.take("Duration: 5s") + display.end()).toBe("Duration: 5s\n");
});
