import { Fragment, lazy, type ReactNode, Suspense, useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "./api/types";
import { forgetNotebooks } from "./cells";
import { Logo } from "./components/logo";
import { NothingHere } from "./components/nothing-here";
import { RetryNotice } from "./components/notice";
import { focusHeading } from "./focus-heading";
import { navigate, usePath } from "./router";
import { AdminPersons } from "./screens/admin/persons";
import { AdminTenant } from "./screens/admin/tenant";
import { AdminTenants } from "./screens/admin/tenants";
import { AccountScreen } from "./screens/account";
import { BringToken } from "./screens/bring-token";
import { ConfirmAddress } from "./screens/confirm-address";
import { ConfirmSignUp } from "./screens/confirm-sign-up";
import { ForgotPassword } from "./screens/forgot-password";
import { Join } from "./screens/join";
import { LogIn } from "./screens/log-in";
import { NewPassword } from "./screens/new-password";
import { SignUp } from "./screens/sign-up";
import { SignedIn } from "./screens/signed-in";
import { Suspended } from "./screens/suspended";
import { tenantPageAt } from "./screens/tenant/pages";
import { TenantAddress } from "./screens/tenant/tenant-address";
import { TenantArea } from "./screens/tenant/tenant-area";
import { WorkspaceList } from "./screens/workspace-list";
import { useSession } from "./session";
import { useRefresh } from "./use-refresh";
import { useTitle } from "./use-title";

/** How often the person's role is looked at again: somebody may change it. */
const REFRESH_MS = 30_000;

/** In a separate chunk, because most of the code is the editor, which the log-in does not need. */
const WorkspaceScreen = lazy(async () => ({ default: (await import("./screens/workspace")).WorkspaceScreen }));

type Title = "auth:createAccount" | "auth:invitation" | "auth:newPassword" | "security:confirmAddress";

/** Titles of the pages that a guest sees; all others are the log-in. */
const TITLES: Readonly<Record<string, Title>> = {
  "/signup": "auth:createAccount",
  "/confirm-sign-up": "auth:createAccount",
  "/join": "auth:invitation",
  "/forgot-password": "auth:newPassword",
  "/new-password": "auth:newPassword",
  "/confirm-address": "security:confirmAddress",
};

/** The screen for the present address and session. A guest keeps the address and gets there after the log-in. */
export function App() {
  const { t } = useTranslation(["common", "auth", "security"]);
  const { state } = useSession();
  const path = usePath();
  const member = state.phase === "member";
  const home = member && ["/", "/login", "/signup"].includes(path);

  useEffect(() => {
    if (home) navigate("/workspaces", { replace: true });
  }, [home]);
  useEffect(() => {
    if (state.phase === "guest" && !state.expired) forgetNotebooks();
  }, [state]);
  useTitle(state.phase === "guest" ? t(TITLES[path] ?? "auth:logIn") : undefined);

  // The focused link was removed with its screen.
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current !== path && document.activeElement === document.body) focusHeading();
    shown.current = path;
  }, [path]);

  if (state.phase === "restoring" || home) return <Splash>{t("opening")}</Splash>;
  if (state.phase === "unreachable") {
    return (
      <Splash>
        <h1>{t("cannotOpen")}</h1>
        <RetryNotice reason={state.reason} onRetry={() => window.location.reload()} />
      </Splash>
    );
  }
  if (state.phase === "guest" && state.entrance !== "account") return <BringToken expired={state.expired} />;
  if (path === "/join") return <Join email={member ? state.account.email : undefined} />;
  if (path === "/confirm-sign-up") return <ConfirmSignUp />;
  if (path === "/signed-in") return <SignedIn />;
  if (path === "/new-password") return <NewPassword />;
  if (state.phase === "guest") return <Guest path={path} expired={state.expired} />;
  const { account } = state;
  // Nothing of one person or tenant is shown to another one.
  return (
    <Fragment key={`${account.id} ${account.tenantId}`}>
      <MemberPage path={path} account={account} hasAccounts={state.entrance === "account"} />
    </Fragment>
  );
}

interface MemberPageProps {
  readonly path: string;
  readonly account: Account;
  /** False where people have a token of another issuer, or none. */
  readonly hasAccounts: boolean;
}

function MemberPage({ path, account, hasAccounts }: MemberPageProps) {
  const { t } = useTranslation(["common", "workspace"]);
  const { follow } = useSession();
  useRefresh(
    useCallback(async (signal) => (hasAccounts ? await follow(signal) : undefined), [follow, hasAccounts]),
    REFRESH_MS,
  );
  if (path === "/account" && hasAccounts) return <AccountScreen account={account} />;
  if (path.startsWith("/admin") && account.platformAdmin) return <AdminPage path={path} account={account} />;
  if (account.tenantSuspended) return <Suspended account={account} reason={account.tenantSuspended} />;
  const [, workspaceId] = /^\/workspaces\/([^/]+)$/.exec(path) ?? [];
  if (workspaceId) {
    return (
      <Suspense fallback={<Splash>{t("workspace:opening")}</Splash>}>
        <WorkspaceScreen key={workspaceId} account={account} workspaceId={workspaceId} />
      </Suspense>
    );
  }
  if (path === "/workspaces") return <WorkspaceList account={account} />;
  if (path === "/confirm-address" && hasAccounts) return <ConfirmAddress account={account} />;
  const tenantPage = tenantPageAt(path);
  if (tenantPage && hasAccounts) return <TenantArea account={account} page={tenantPage} />;
  const [, tenantId, pagePath = ""] = /^\/tenants\/([^/]+)(\/[^/]+)$/.exec(path) ?? [];
  if (tenantId && tenantPageAt(pagePath) && hasAccounts)
    return <TenantAddress key={path} account={account} tenantId={tenantId} path={pagePath} />;
  return <NothingHere account={account} title={t("noSuchPage")} text={t("noSuchPageText")} />;
}

function AdminPage({ path, account }: Pick<MemberPageProps, "path" | "account">) {
  const [, tenantId] = /^\/admin\/tenants\/([^/]+)$/.exec(path) ?? [];
  if (tenantId) return <AdminTenant key={tenantId} account={account} tenantId={tenantId} />;
  return path === "/admin/persons" ? <AdminPersons account={account} /> : <AdminTenants account={account} />;
}

function Guest({ path, expired }: { readonly path: string; readonly expired: boolean }) {
  if (path === "/signup") return <SignUp />;
  return path === "/forgot-password" ? <ForgotPassword /> : <LogIn expired={expired} />;
}

function Splash({ children }: { readonly children: ReactNode }) {
  return (
    <main className="splash">
      <Logo />
      {children}
    </main>
  );
}
