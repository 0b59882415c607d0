/** What Pulumi prints of a resource where there is no terminal: type, name, operation, seconds and perhaps a message. */
const RESOURCE = /^ *\S+ +(?<type>[^\s:]+:\S+) (?<name>\S+) (?<operation>\w+ing) \([\d.]+s\) ?(?<message>.*)$/;
/** Its sign of life, one more dot a second. */
const DOTS = /^@ \w+\.+$/;
const IMAGE = "docker-build:index:Image";
/** The beginning of a step that may take long, such as `#6 [builder 1/13] FROM ...`; what it prints has lines of its own. */
const LONG_STEP = /^#\d+ \[[^\]]*\] (FROM|RUN) /;

/**
 * Pulumi's plain lines say the same of a resource up to four times, and hold all that image builds print: five hundred
 * lines before the first pod. This passes on what is news. What a failed build printed is shown when it has failed.
 */
export class PlainDisplay {
  private readonly said = new Set<string>();
  private line = "";
  /** How much of the line has been shown, dot by dot. */
  private shown = 0;
  /** The last thing shown are dots, and more of them may follow. */
  private afterDots = false;

  /** What to show of a piece of Pulumi's output. */
  public take(text: string): string {
    const [first = "", ...others] = text.split("\n");
    let news = this.extend(first);
    for (const next of others) news += this.endLine() + this.extend(next);
    return news;
  }

  /** What to show of a last line without an end. */
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
