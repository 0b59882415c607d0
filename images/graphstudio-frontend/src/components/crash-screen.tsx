import { Component, type ReactNode } from "react";
import { i18n } from "../i18n";

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
        <h1>{i18n.t("crashed")}</h1>
        <p>{i18n.t("crashedText")}</p>
        <button type="button" className="button primary" onClick={() => window.location.reload()}>
          {i18n.t("reload")}
        </button>
      </main>
    );
  }
}
