import { Account, type Answer } from "./account";
import { readyKernelPods, KERNEL_PODS, stack } from "./deployment";
import { kill } from "./kills";
import { waitFor } from "@nexus/host";

const MINUTE = 60_000;

/** A workspace with values that JSON cannot hold: a closure with a private counter, and many objects that share one. */
export class LiveHeap {
  private count = 0;

  private constructor(
    private readonly account: Account,
    private readonly id: string,
  ) {}

  public static async make(account: Account): Promise<LiveHeap> {
    const heap = new LiveHeap(account, await account.create("heap"));
    await heap.account.run(
      heap.id,
      `const next = (() => { let count = 0; return () => ++count; })();
       const shared = { name: "shared" };
       const items = Array.from({ length: 10_000 }, (_, at) => ({ at, square: at * at, shared }));
       state.set("kept", { colour: "green" });`,
    );
    await heap.expectWhole();
    return heap;
  }

  public async owner(): Promise<string> {
    return String((await this.account.workspace(this.id)).ownerPod);
  }

  /** The closure continues to count and the array is unchanged. */
  public async expectWhole(): Promise<void> {
    this.count += 1;
    const code = `[next(), items.length, items.every((one, at) => one.at === at && one.square === at * at && one.shared === shared)]`;
    const answer = await this.untilServed(code);
    expect(answer).toMatchObject({ result: [this.count, 10_000, true], restarted: false, rolledBack: false });
  }

  /** Only the content of `state` is left, and the answer says why. */
  public async expectOnlyState(): Promise<void> {
    const code = `[state.get("kept").colour, typeof next, typeof items]`;
    const result = ["green", "undefined", "undefined"];
    expect(await this.untilServed(code)).toMatchObject({
      result,
      restarted: true,
      restartReason: "snapshot_incompatible",
    });
    expect(await this.account.run(this.id, "1 + 1")).toMatchObject({ result: 2, restarted: false });
  }

  /** A pod that was just killed may still get a request for a moment. */
  private async untilServed(code: string): Promise<Answer["body"]> {
    const key = `look-${Date.now()}`;
    return waitFor("An answer of the workspace's next owner", 30, async () => {
      const { status, body } = await this.account.call("POST", `/${this.id}/execute`, { code }, key);
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
      return body;
    });
  }
}

/** What a workspace keeps after the loss of its pod. */
export function heapTests(): void {
  test(
    "A12 D31: a closure and an array of 10,000 objects made before a pod is killed work after it in another pod",
    async () => {
      const heap = await LiveHeap.make(await Account.signUp());
      await readyKernelPods(KERNEL_PODS - 1);
      const before = await heap.owner();
      await kill("deleted", before);
      await waitFor("Another owner", 30, async () => {
        await heap.expectWhole();
        return (await heap.owner()) === before ? undefined : true;
      });
      await heap.expectWhole();
    },
    3 * MINUTE,
  );
}

/** A new build of the sandbox: its prelude has one more function, so the memory of a new engine differs. */
export function changeSandbox(): void {
  stack.rewrite("images/workspace-kernel/src/sandbox/prelude/index.ts", (text) =>
    text.replace('  "use strict";\n', '  "use strict";\n  const another = () => "build";\n  another();\n'),
  );
}
