/** The AI gateway as a library: nexus-os serves it alone, and another service may serve it beside its own routes. */
export { Ai, type AiOptions, type Caller } from "./ai";
export type { AiEnv } from "./env";
export { type AiGateway, type AiGatewayOptions, createAiGateway } from "./gateway";
export type { AiEvent } from "./generation";
export { createAiMetrics, type AiMetrics } from "./metrics";
export { type AiRoutesOptions, registerAiRoutes } from "./routes";
export { type AiAnswer, type ChatBody, type CompletionBody, toChat } from "./schemas";
