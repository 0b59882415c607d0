/** What somebody typed, inside a sentence of a catalogue, where it is neither markup nor a placeholder. */
export function Name({ text }: { readonly text: string }) {
  return <bdi>{text}</bdi>;
}
