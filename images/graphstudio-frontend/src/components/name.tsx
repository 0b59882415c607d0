import { partsOf } from "../unseen";

/** What somebody typed: it does not change the direction of the text around it, and hides no character. */
export function Name({ text }: { readonly text: string }) {
  return (
    <bdi>
      {partsOf(text).map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          <span key={index} className="unseen">
            {part}
          </span>
        ),
      )}
    </bdi>
  );
}
