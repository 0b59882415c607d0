/** The document with new content between two marks, each of which is a separate line. */
export function withSection(document: string, [start, end]: readonly [string, string], content: string): string {
  const [before = "", rest = ""] = document.split(start);
  return `${before}${start}\n\n${content}\n\n${end}${rest.split(end)[1] ?? "\n"}`;
}
