import { type ComponentProps, type MouseEvent, useSyncExternalStore } from "react";

const NAVIGATED = "nexus:navigated";

function subscribe(onChange: () => void): () => void {
  window.addEventListener("popstate", onChange);
  window.addEventListener(NAVIGATED, onChange);
  return () => {
    window.removeEventListener("popstate", onChange);
    window.removeEventListener(NAVIGATED, onChange);
  };
}

/** The path of the address, without a slash at its end. */
export const usePath = (): string =>
  useSyncExternalStore(subscribe, () => window.location.pathname.replace(/^(.+)\/$/, "$1"));

export function navigate(path: string, options: { readonly replace?: boolean } = {}): void {
  if (path === window.location.pathname) return;
  window.history[options.replace ? "replaceState" : "pushState"](null, "", path);
  window.dispatchEvent(new Event(NAVIGATED));
}

/** An ordinary link that changes the screen without loading a page; a click with a modifier key still opens a tab. */
export function Link({ href, ...rest }: ComponentProps<"a"> & { readonly href: string; "data-workspace"?: string }) {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
