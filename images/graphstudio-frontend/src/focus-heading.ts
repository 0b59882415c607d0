/** Where the focus goes when what had it is gone, so that the keyboard does not begin anew at the top of the page. */
export function focusHeading(): void {
  const heading = document.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}
