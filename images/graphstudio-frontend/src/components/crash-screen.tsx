import { Component, type ReactNode } from "react";

/** Shown instead of an empty page when a screen throws, or when its code cannot be loaded after an update. */
export class CrashScreen extends Component<{ readonly children: ReactNode }, { readonly crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    if (!this.state.crashed) return this.props.children;
    return (
      <main className="splash" role="alert">
        <h1>The studio stopped working</h1>
        <p>Your workspaces are not affected. Reload the page to go on.</p>
        <button type="button" className="button primary" onClick={() => window.location.reload()}>
          Reload
        </button>
      </main>
    );
  }
}
