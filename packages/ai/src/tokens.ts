import type { AiRequest } from "./models";
import type { Usage } from "./schemas";
import type { WireEvent } from "./wire/format";

/** Role and separators of a message, which providers count too. */
const TOKENS_PER_MESSAGE = 4;

/**
 * An estimate of the tokens of a text: four ASCII characters are one token, and each other character is one. It is used
 * before the provider has counted, and if the provider never reports a count because the stream broke.
 */
export function estimateTokens(text: string): number {
  let ascii = 0;
  let others = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) ascii += 1;
    // The second half of a surrogate pair belongs to the character that was counted with the first half.
    else if (unit < 0xdc00 || unit > 0xdfff) others += 1;
  }
  return Math.ceil(ascii / 4) + others;
}

export function estimatePrompt({ messages }: AiRequest): number {
  return messages.reduce((sum, { content }) => sum + estimateTokens(content) + TOKENS_PER_MESSAGE, 0);
}

/** What one attempt at a provider cost. */
export class Tally {
  private text = "";
  private input: number | undefined;
  private output: number | undefined;

  constructor(private readonly promptEstimate: number) {}

  add(event: WireEvent): void {
    if (event.type === "text") this.text += event.text;
    if (event.type !== "usage") return;
    this.input = event.inputTokens ?? this.input;
    this.output = event.outputTokens ?? this.output;
  }

  /** The answer so far. */
  get answer(): string {
    return this.text;
  }

  usage(): Usage {
    const inputTokens = this.input ?? this.promptEstimate;
    const outputTokens = this.output ?? estimateTokens(this.text);
    const estimated = this.input === undefined || this.output === undefined;
    return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens, estimated };
  }
}

/** No provider was asked, or it did not accept the request. */
export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, totalTokens: 0, estimated: false };

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
    estimated: a.estimated || b.estimated,
  };
}
