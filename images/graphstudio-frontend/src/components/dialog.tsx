import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

export interface DialogProps {
  readonly title: ReactNode;
  readonly onClose: () => void;
  /** @default false */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** A modal dialog: the browser keeps the focus inside, closes it on Escape and puts the focus back. */
export function Dialog({ title, onClose, wide = false, children }: DialogProps) {
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // Closed while it is still in the page: the browser then puts the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? "wide" : undefined}
      aria-labelledby={titleId}
      onClose={() => dialog.current?.open || onClose()}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}
