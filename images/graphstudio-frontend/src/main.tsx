import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { CrashScreen } from "./components/crash-screen";
import { followLanguage } from "./i18n/language";
import { SessionProvider } from "./session";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/top-bar.css";
import "./styles/sections.css";
import "./styles/admin.css";
import "./styles/auth.css";
import "./styles/list.css";
import "./styles/studio.css";
import "./styles/panels.css";
import "./styles/results.css";
import "./styles/cells.css";
import "./styles/tenant.css";
import "./styles/clusters.css";
import "./styles/deployments.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element with the id root");
followLanguage();
createRoot(root).render(
  <StrictMode>
    <CrashScreen>
      <SessionProvider>
        <App />
      </SessionProvider>
    </CrashScreen>
  </StrictMode>,
);
