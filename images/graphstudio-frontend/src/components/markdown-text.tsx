import { lazy, Suspense } from "react";
import { ScrollBox } from "./scroll-box";

const ELSEWHERE = { target: "_blank", rel: "noreferrer" } as const;

/** Most documents have no text, and the library for it is larger than the page. */
const Rendered = lazy(async () => {
  const [{ default: Markdown }, { default: gfm }] = await Promise.all([import("react-markdown"), import("remark-gfm")]);
  // It makes elements of React, never HTML of the text; of addresses it keeps only those of the web and of mail.
  return {
    default: ({ children }: { readonly children: string }) => (
      <Markdown
        remarkPlugins={[gfm]}
        components={{
          a: ({ href, children: text }) => (
            <a href={href} {...ELSEWHERE}>
              {text}
            </a>
          ),
          // A picture would tell another server who reads the document.
          img: ({ src, alt }) => (
            <a href={String(src)} {...ELSEWHERE}>
              {alt === undefined || alt === "" ? String(src) : alt}
            </a>
          ),
          // The title of the page is the first heading.
          h1: ({ children: text }) => <h2>{text}</h2>,
        }}
      >
        {children}
      </Markdown>
    ),
  };
});

/** A text with its format; as it was written until it can be shown. */
export function MarkdownText({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <Suspense fallback={<ScrollBox label={label}>{text}</ScrollBox>}>
      <ScrollBox as="div" label={label} className="markdown">
        <Rendered>{text}</Rendered>
      </ScrollBox>
    </Suspense>
  );
}
