import { presetNames } from "../../../config/presets";
import { edgeConfig, ends } from "../../support/edge-values";
import { fixesOf } from "../../support/wrong-values";

/** The configurations at the ends of all ranges, whose objects `npm test` sends to an API server. */
test.each(presetNames.flatMap((name) => ends.map((end) => [name, end] as const)))(
  "%s is accepted with every key at its %s",
  (topology, end) => {
    const config = edgeConfig(topology, end);
    expect(fixesOf(config)).toEqual([]);
    expect(config).toMatchObject({ rollout: { deadlineSeconds: end === "least" ? 30 : 3600 } });
  },
);
