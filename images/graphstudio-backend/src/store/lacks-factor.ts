import { sql } from "kysely";

/**
 * Whether a member has no second factor although the tenant requires one.
 * @param members the name of the table of members in the query, where the table of tenants is called `tenants`
 */
export function lacksFactor(members = "members") {
  return sql<boolean>`(tenants.requires_second_factor and not exists (
    select from studio.second_factors as factors
    where factors.user_id = ${sql.ref(`${members}.user_id`)} and factors.confirmed_at is not null
  ))`;
}
