import { z } from "zod";
import { flag, text } from "../fields";

/** Parts that are off until somebody asks for them. */
export const featuresSection = z
  .strictObject({
    trilog: flag().describe("Send traces of the services to `otelEndpoint`.").default(false),
    otelEndpoint: text(/^https?:\/\/\S+$/, "a URL", "http://otel-collector:4318")
      .describe("OpenTelemetry collector that takes OTLP over HTTP.")
      .default("http://otel-collector:4318"),
  })
  .prefault({});
export type FeaturesSection = z.output<typeof featuresSection>;
