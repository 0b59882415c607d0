import type { ReactNode } from "react";
import { Logo } from "../components/logo";
import { ThemeToggle } from "../components/theme-toggle";

/** The form on one side, and on a wide window a description of the studio on the other. */
export function AuthLayout({ children }: { readonly children: ReactNode }) {
  return (
    <div className="auth">
      <main className="auth-main">
        <div className="auth-head">
          <Logo />
          <ThemeToggle />
        </div>
        <div className="auth-form">{children}</div>
      </main>
      <aside className="auth-side" aria-hidden="true">
        <p className="auth-claim">
          Code that remembers
          <br />
          where it was.
        </p>
        <div className="demo">
          <pre>
            <i>let</i> n = <b>41</b>; n += <b>1</b>
          </pre>
          <p>
            42 <span>number</span>
          </p>
        </div>
        <div className="demo demo-later">
          <pre>
            n += <b>1</b>
          </pre>
          <p>
            43 <span>number, one run later</span>
          </p>
        </div>
        <p className="auth-foot">Every workspace runs in a sandbox of its own and keeps its variables between runs.</p>
      </aside>
    </div>
  );
}
