import { presetNames } from "../../../config/presets";
import { edgeConfig, ends } from "../../support/edge-values";
import { fixesOf } from "../../support/wrong-values";

/** What `npm test` shows to an API server: the ends of all ranges, of a configuration that is accepted. */
test.each(presetNames.flatMap((name) => ends.map((end) => [name, end] as const)))(
  "%s is accepted with every key at its %s",
  (topology, end) => {
    const config = edgeConfig(topology, end);
    expect(fixesOf(config)).toEqual([]);
    expect(config).toMatchObject({ rollout: { deadlineSeconds: end === "least" ? 30 : 3600 } });
  },
);
