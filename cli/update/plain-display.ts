/**
 * A line about a resource that Pulumi prints without a terminal: type, name, operation, seconds and perhaps a message.
 */
const RESOURCE = /^ *\S+ +(?<type>[^\s:]+:\S+) (?<name>\S+) (?<operation>\w+ing) \([\d.]+s\) ?(?<message>.*)$/;
/** Pulumi's progress line, which gets one more dot per second. */
const DOTS = /^@ \w+\.+$/;
const IMAGE = "docker-build:index:Image";
/** The first line of a step that may take long, such as `#6 [builder 1/13] FROM ...`. */
const LONG_STEP = /^#\d+ \[[^\]]*\] (FROM|RUN) /;

/**
 * Pulumi's plain output repeats each resource up to four times and contains all output of image builds: five hundred
 * lines before the first pod. This filter passes on only new information. The output of a failed build is shown after
 * it failed.
 */
export class PlainDisplay {
  private readonly said = new Set<string>();
  private line = "";
  /** How many characters of the line have been shown. */
  private shown = 0;
  /** Dots were shown last, and more may follow. */
  private afterDots = false;

  /** What to show of a piece of Pulumi's output. */
  public take(text: string): string {
    const [first = "", ...others] = text.split("\n");
    let news = this.extend(first);
    for (const next of others) news += this.endLine() + this.extend(next);
    return news;
  }

  /** What to show of a last line that has no line break. */
  public end(): string {
    return this.line && !DOTS.test(this.line) ? this.endLine() : "";
  }

  private extend(text: string): string {
    this.line += text;
    if (!DOTS.test(this.line)) return "";
    const fresh = this.line.slice(this.shown);
    this.shown = this.line.length;
    const news = this.afterDots ? fresh.replace(/^@ \w+/, "") : fresh;
    this.afterDots = true;
    return news;
  }

  private endLine(): string {
    const line = this.line;
    this.line = "";
    this.shown = 0;
    if (DOTS.test(line) || !this.isNews(line)) return "";
    const news = `${this.afterDots ? "\n" : ""}${line}\n`;
    this.afterDots = false;
    return news;
  }

  private isNews(line: string): boolean {
    const resource = RESOURCE.exec(line)?.groups;
    if (!resource) return true;
    const { type, name, operation, message = "" } = resource;
    if (type === IMAGE && message.startsWith("#") && !LONG_STEP.test(message)) return false;
    const text = [type, name, operation, message].join(" ").trim();
    if (this.said.has(text)) return false;
    this.said.add(text);
    return true;
  }
}
