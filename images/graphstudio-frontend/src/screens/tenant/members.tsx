import { permissionOver, roles as allRoles } from "@nexus/contract";
import { useCallback, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../../api/problem";
import { readPages } from "../../api/read-pages";
import type { Invitation, Member, Page } from "../../api/types";
import { More } from "../../components/more";
import { Name } from "../../components/name";
import { RetryNotice } from "../../components/notice";
import { RoleSelect } from "../../components/role-select";
import { Skeleton } from "../../components/skeleton";
import { navigate } from "../../router";
import { useSession } from "../../session";
import { useHasFactor } from "../../use-has-factor";
import { useLoaded } from "../../use-loaded";
import { Invite } from "./invite";
import { OwnerDialog } from "./owner-dialog";
import type { TenantPageProps } from "./pages";

/** How often everything is loaded again while the page is visible. */
const REFRESH_MS = 30_000;

interface Team {
  readonly members: Page<Member>;
  readonly invitations: readonly Invitation[];
}

/** Who is in the tenant, and who is invited. */
export function Members({ account, tenant, api }: TenantPageProps) {
  const { t } = useTranslation(["members", "common"]);
  const { api: all, enter } = useSession();
  const [find, setFind] = useState("");
  const [pages, setPages] = useState(1);
  const [failure, setFailure] = useState<unknown>();
  const hasFactor = useHasFactor();
  /** Who is about to become an owner, which needs a code. */
  const [promoted, setPromoted] = useState<Member>();
  /** The roles that the user may give. */
  const roles = allRoles.filter((role) => tenant.permissions.includes(permissionOver(role)));
  const manages = roles.length > 0;
  const team = useLoaded(
    useCallback(
      async (signal?: AbortSignal): Promise<Team> => {
        const members = await readPages(pages, (after) => api.members(find, after, signal));
        return { members, invitations: manages ? await api.invitations(signal) : [] };
      },
      [api, find, pages, manages],
    ),
    REFRESH_MS,
  );
  const load = () => team.reload();
  const change = (action: Promise<void>) => {
    setFailure(undefined);
    void action.then(load).catch(setFailure);
  };
  const again = async () => {
    await all.goTo();
    await enter();
  };
  const leave = async () => {
    await api.removeMember(account.id);
    await again();
    navigate("/workspaces");
  };
  const problem = failure ?? team.failure;
  const { members, invitations = [] } = team.value ?? {};
  return (
    <>
      {problem !== undefined && <RetryNotice reason={describeFailure(problem)} onRetry={() => change(load())} />}
      {!members && problem === undefined && <Skeleton label={t("title")} />}
      {members && (
        <>
          <div className="list-tools">
            <input
              type="search"
              aria-label={t("find")}
              placeholder={t("find")}
              value={find}
              maxLength={254}
              onChange={({ target }) => {
                setFind(target.value);
                setPages(1);
              }}
            />
          </div>
          <ul className="entries" aria-label={t("title")}>
            {members.items.map((member) => {
              const { userId, email, role } = member;
              const own = userId === account.id;
              const may = roles.includes(role);
              return (
                <li key={userId} data-testid="member">
                  <Name text={email} />
                  <RoleSelect
                    label={t("roleOf", { email })}
                    roles={may ? roles : [role]}
                    value={role}
                    onChange={(next) =>
                      next === "owner" && hasFactor
                        ? setPromoted(member)
                        : change(api.setRole(userId, next).then(() => (own ? again() : undefined)))
                    }
                  />
                  {(may || own) && (
                    <button
                      type="button"
                      className="button quiet"
                      aria-label={own ? t("leaveTenant") : t("removeMember", { email })}
                      onClick={() => change(own ? leave() : api.removeMember(userId))}
                    >
                      {own ? t("leave") : t("remove")}
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
          <More count={members.items.length} onMore={members.next ? () => setPages(pages + 1) : undefined} />
        </>
      )}
      {promoted && (
        <OwnerDialog
          api={api}
          member={promoted}
          onDone={() => {
            setPromoted(undefined);
            change(load());
          }}
          onClose={() => setPromoted(undefined)}
        />
      )}
      {manages && <Invite api={api} roles={roles} onInvited={load} />}
      {invitations.length > 0 && (
        <section aria-labelledby="invitations">
          <h2 id="invitations">{t("openInvitations")}</h2>
          <ul className="entries">
            {invitations.map(({ id, role, email, invitedBy, expiresAt }) => (
              <li key={id} data-testid="invitation">
                <div>
                  {email ? <Name text={email} /> : t("whoeverHasLink")}
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
                  onClick={() => change(api.withdraw(id))}
                >
                  {t("withdraw")}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
