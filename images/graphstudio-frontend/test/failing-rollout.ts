/** No kubelet runs pods here, so what a cluster says about them is made up. */
export const failing = {
  state: "failing",
  workloads: [
    {
      kind: "Deployment",
      name: "web",
      namespace: "studio-live",
      state: "failing",
      desired: 2,
      ready: 1,
      problems: [
        {
          kind: "crash",
          object: "Pod web-1 container web",
          reason: "CrashLoopBackOff: back-off 10s; it ended with 1 (Error)",
          advice: "The program ends by itself. Its last lines say why; correct its settings, or roll back.",
          lines: ["no such table: users"],
        },
      ],
      pods: [
        {
          name: "web-1",
          namespace: "studio-live",
          phase: "Running",
          node: "node-a",
          containers: ["wait", "web"],
          ready: false,
          restarts: 4,
          createdAt: new Date().toISOString(),
        },
      ],
    },
  ],
  events: [
    { at: new Date().toISOString(), type: "Warning", reason: "BackOff", object: "Pod web-1", message: "x", count: 3 },
  ],
};
