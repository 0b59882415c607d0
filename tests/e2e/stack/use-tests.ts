import { expectDataLogs, expectServiceLogs } from "../logs";
import { descriptor } from "../platform";
import { useStudio } from "../studio";
import { NAMESPACE, OWN_SERVICES } from "./pods";

const MINUTE = 60_000;

/** What people do with the platform, and what the logs say about it. */
export function useTests(): void {
  test(
    "A12 B20 P2: a person signs up, creates a workspace and runs code whose state is kept",
    async () => {
      const results = await useStudio(descriptor.urls.studio, ["let n = 41; n += 1", "n += 1"]);
      expect(results).toEqual(["42", "43"]);
    },
    3 * MINUTE,
  );

  test(
    "B3 B22 B28: the services' logs are JSON with the agreed fields, say what started, and contain no error",
    async () => {
      await expectServiceLogs(NAMESPACE, OWN_SERVICES, 500);
      await expectDataLogs(NAMESPACE);
    },
    MINUTE,
  );
}
