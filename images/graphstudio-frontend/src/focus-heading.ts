/**
 * Moves the focus here if the focused element was removed, so that the keyboard does not start again at the top of the
 * page.
 */
export function focusHeading(): void {
  const heading = document.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}
