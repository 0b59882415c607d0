import { createElement, type HTMLAttributes, type RefCallback, useCallback, useState } from "react";

export interface ScrollBoxProps extends HTMLAttributes<HTMLElement> {
  /** @default "pre" */
  readonly as?: "pre" | "div";
  /** Its content, for a screen reader. */
  readonly label: string;
}

/** A box that scrolls; if it has more content than it shows, the keyboard reaches it too. */
export function ScrollBox({ as = "pre", label, ...rest }: ScrollBoxProps) {
  const [scrolls, setScrolls] = useState(false);
  const ref: RefCallback<HTMLElement> = useCallback((element) => {
    if (!element) return;
    const observer = new ResizeObserver(() =>
      setScrolls(element.scrollHeight > element.clientHeight || element.scrollWidth > element.clientWidth),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const reachable = scrolls ? { tabIndex: 0, role: "group", "aria-label": label } : {};
  return createElement(as, { ...rest, ...reachable, ref });
}
