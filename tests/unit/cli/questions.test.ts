import * as fs from "node:fs";
import { STOP_BEFORE_LOSS } from "../../../components/guard";
import { refuseProtected } from "../../../cli/commands/destroy";
import { askToGoOn, type Asker, terminal } from "../../../cli/questions";
import { withLossAsked } from "../../../cli/update/losses";

/** A user who gives these answers, and the questions that were asked. */
function person(answer: string | boolean): Asker & { readonly asked: string[] } {
  const asked: string[] = [];
  const give = async (message: string) => {
    asked.push(message);
    return answer as never;
  };
  return { asked, isThere: () => true, confirm: give, input: give };
}
const nobody: Asker = { ...person(true), isThere: () => false };
const question = (stack: string) => ({ stack, command: "destroy", text: "Delete all of it?" });

test("X17: staging requires its name as the answer, which nobody types by habit", async () => {
  const right = person("staging");
  await askToGoOn(question("staging"), right);
  expect(right.asked).toEqual(["Delete all of it? Type the name of the stack (staging):"]);
  for (const answer of ["", "y", "yes", "Staging", "dev"])
    await expect(askToGoOn(question("staging"), person(answer))).rejects.toThrow("Nothing was changed.");
});

test("X17: dev requires a yes", async () => {
  await askToGoOn(question("dev"), person(true));
  await expect(askToGoOn(question("dev"), person(false))).rejects.toThrow("Nothing was changed.");
});

test("X17: if nobody can answer, it is refused, and the message names the option that needs no answer", async () => {
  await expect(askToGoOn(question("staging"), nobody)).rejects.toThrow(
    "Delete all of it? There is no terminal to ask in, and nothing was changed. " +
      "Fix: npm run destroy -- --stack staging --yes",
  );
  expect(terminal.isThere()).toBe(false);
});

test("X17: a stack with protected data is refused before anything of it is destroyed", () => {
  const resource = (name: string, protect?: boolean) => ({
    urn: `urn:pulumi:staging::nexus::kubernetes:core/v1:Namespace::${name}`,
    type: "kubernetes:core/v1:Namespace",
    protect,
  });
  const resources = [resource("environment", true), resource("settings")];
  expect(() => refuseProtected({ deployment: { resources } }, "staging")).toThrow(
    "Stack staging protects objects with data: environment. Nothing was changed. To delete them for good: " +
      "pulumi state unprotect --all --yes --stack staging, then this command again.",
  );
  expect(() => refuseProtected({ deployment: { resources: [resource("settings", false)] } }, "dev")).not.toThrow();
});

describe("an update that would lose data", () => {
  const LOSS = "This update deletes the namespace nexus.";
  /** An update that stops at the given point and records what it did. */
  function update(loss: string | undefined) {
    const did: string[] = [];
    const show = async () => void did.push("shown");
    const run = async (variables: Record<string, string>) => {
      const file = variables[STOP_BEFORE_LOSS];
      if (loss === undefined || file === undefined) return void did.push("updated");
      fs.writeFileSync(file, loss);
      did.push("stopped");
      throw new Error("pulumi up failed");
    };
    return { did, ask: (asker: Asker) => withLossAsked({}, { stack: "dev", show }, run, asker) };
  }

  test("P5: runs without a question if it loses none", async () => {
    const { did, ask } = update(undefined);
    await ask(nobody);
    expect(did).toEqual(["updated"]);
  });

  test("P5: shows what it would do, asks, and continues after a yes", async () => {
    const { did, ask } = update(LOSS);
    const yes = person(true);
    await ask(yes);
    expect([did, yes.asked]).toEqual([["stopped", "shown", "updated"], [`${LOSS} Go on?`]]);
  });

  test("P5: ends after a no, and if nobody can be asked", async () => {
    const [refused, alone] = [update(LOSS), update(LOSS)];
    await expect(refused.ask(person(false))).rejects.toThrow("Nothing was changed.");
    await expect(alone.ask(nobody)).rejects.toThrow("pulumi up failed");
    expect([refused.did, alone.did]).toEqual([["stopped", "shown"], ["stopped"]]);
  });
});
