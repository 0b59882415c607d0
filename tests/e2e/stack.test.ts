import { waitFor } from "@nexus/host";
import { backup, kubectl, list } from "./platform";
import { backupTests } from "./stack/backup-tests";
import { changeTests } from "./stack/change-tests";
import { StackCopy } from "./stack/copy";
import { deployTests } from "./stack/deploy-tests";
import { faultTests } from "./stack/fault-tests";
import { healthTests } from "./stack/health-tests";
import { isolationTests } from "./stack/isolation-tests";
import { NAMESPACE } from "./stack/pods";
import { useTests } from "./stack/use-tests";

const MINUTE = 60_000;
const stack = new StackCopy();

interface Volume {
  readonly spec: { readonly claimRef: { readonly namespace: string } };
}

beforeAll(async () => {
  await stack.create();
  stack.edit("dev", (config) => Object.assign(config, { "nexus:postgres": { backup } }));
}, MINUTE);
afterAll(() => stack.remove(), 5 * MINUTE);

// One deployment for all tests in the order of its life cycle: a deployment for each test would take an hour.
describe("a stack", () => {
  deployTests(stack);
  healthTests(stack);
  useTests();
  isolationTests(stack);
  changeTests(stack);
  faultTests(stack);
  backupTests(stack);

  test(
    "P5: `pulumi destroy` leaves no object of the stack",
    async () => {
      await stack.pulumiOk("destroy", "--yes", "--skip-preview", "--stack", "dev");
      await expect(kubectl(NAMESPACE, "get", "namespace", NAMESPACE)).rejects.toThrow("not found");
      // The volume's folder is deleted after its claim, by a controller.
      await waitFor("The deletion of every volume", 60, async () => {
        const volumes = await list<Volume>(NAMESPACE, "persistentvolumes");
        const own = volumes.filter(({ spec }) => spec.claimRef.namespace === NAMESPACE);
        if (own.length > 0) throw new Error(JSON.stringify(own));
        return true;
      });
    },
    5 * MINUTE,
  );
});
