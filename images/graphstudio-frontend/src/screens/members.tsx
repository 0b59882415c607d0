import { useCallback, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Account, Invitation, Member, Role, Tenant } from "../api/types";
import { Name } from "../components/name";
import { RetryNotice } from "../components/notice";
import { RoleSelect } from "../components/role-select";
import { TopBar } from "../components/top-bar";
import { navigate } from "../router";
import { useSession } from "../session";
import { useRefresh } from "../use-refresh";
import { useTitle } from "../use-title";
import { Invite } from "./invite";

/** How often everything is loaded again while the page is visible. */
const REFRESH_MS = 30_000;

interface Team {
  readonly tenant: Tenant;
  readonly members: readonly Member[];
  readonly invitations: readonly Invitation[];
}

/** The roles that the user may give. */
function rolesFor({ permissions }: Tenant): readonly Role[] {
  if (permissions.includes("owners.manage")) return ["owner", "admin", "member", "viewer"];
  return permissions.includes("members.manage") ? ["admin", "member", "viewer"] : [];
}

/** Who is in the tenant, and who is invited. */
export function Members({ account }: { readonly account: Account }) {
  const { t } = useTranslation(["members", "common"]);
  const { api, enter } = useSession();
  const { tenantId } = account;
  const [team, setTeam] = useState<Team>();
  const [failure, setFailure] = useState<string>();
  useTitle(t("title"));
  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        const tenant = await api.tenant(tenantId, signal);
        const members = await api.members(tenantId, signal);
        const invitations = rolesFor(tenant).length > 0 ? await api.invitations(tenantId, signal) : [];
        setTeam({ tenant, members, invitations });
        setFailure(undefined);
      } catch (error) {
        if (!signal?.aborted) setFailure(describeFailure(error));
      }
    },
    [api, tenantId],
  );
  useRefresh(load, REFRESH_MS);
  const change = (action: Promise<void>) =>
    void action.then(() => load()).catch((error: unknown) => setFailure(describeFailure(error)));
  const again = async () => {
    await api.goTo();
    await enter();
  };
  const leave = async () => {
    await api.removeMember(tenantId, account.id);
    await again();
    navigate("/workspaces");
  };

  const roles = team ? rolesFor(team.tenant) : [];
  return (
    <>
      <TopBar account={account} />
      <main className="page sections">
        <div className="page-head">
          <div>
            <h1>{t("title")}</h1>
            <p className="page-sub">
              <bdi>{account.tenantName}</bdi>
            </p>
          </div>
        </div>
        {failure && <RetryNotice reason={failure} onRetry={() => void load()} />}
        <ul className="entries" aria-label={t("title")}>
          {team?.members.map(({ userId, email, role }) => {
            const own = userId === account.id;
            const may = roles.includes(role);
            return (
              <li key={userId} data-testid="member">
                <bdi>{email}</bdi>
                <RoleSelect
                  label={t("roleOf", { email })}
                  roles={may ? roles : [role]}
                  value={role}
                  onChange={(next) =>
                    change(api.setRole(tenantId, userId, next).then(() => (own ? again() : undefined)))
                  }
                />
                {(may || own) && (
                  <button
                    type="button"
                    className="button quiet"
                    aria-label={own ? t("leaveTenant") : t("removeMember", { email })}
                    onClick={() => change(own ? leave() : api.removeMember(tenantId, userId))}
                  >
                    {own ? t("leave") : t("remove")}
                  </button>
                )}
              </li>
            );
          })}
        </ul>
        {roles.length > 0 && <Invite tenantId={tenantId} roles={roles} onInvited={load} />}
        {team && team.invitations.length > 0 && (
          <section aria-labelledby="invitations">
            <h2 id="invitations">{t("openInvitations")}</h2>
            <ul className="entries">
              {team.invitations.map(({ id, role, email, invitedBy, expiresAt }) => (
                <li key={id} data-testid="invitation">
                  <div>
                    <bdi>{email ?? t("whoeverHasLink")}</bdi>
                    <p className="entry-text">
                      <Trans
                        t={t}
                        i18nKey="invited"
                        values={{ role: t(`common:roles.${role}`), expiresAt: new Date(expiresAt) }}
                        components={{ inviter: <Name text={invitedBy} /> }}
                      />
                    </p>
                  </div>
                  <button
                    type="button"
                    className="button quiet"
                    aria-label={email ? t("withdrawInvitation", { email }) : t("withdrawLink")}
                    onClick={() => change(api.withdraw(tenantId, id))}
                  >
                    {t("withdraw")}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </main>
    </>
  );
}
