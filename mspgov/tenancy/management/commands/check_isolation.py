"""`manage.py check_isolation`: reads the catalogue, and knows nothing of the code that lays the walls."""

from typing import Any

from django.db import connection

from mspgov.tenancy import commands

# Tables without a tenant, each with its reason. Everything else must be walled.
EXPLAINED = {
    "django_migrations": "which migrations ran; read only",
    "django_content_type": "Django's list of models; read only",
    "django_session": "no longer used; no grant",
    "tenancy_session": "read before a tenant is entered; keyed by a random secret",
    "mfa_authenticator": "second factors of people, encrypted; asked for before a tenant is entered",
    "tenancy_tenant": "read before a tenant is entered",
    "tenancy_person": "a person may belong to several tenants",
    "account_emailaddress": "sign-in addresses of people",
    "account_emailconfirmation": "sign-in addresses of people",
    "auth_group": "unused; no grant",
    "auth_permission": "unused; no grant",
    "auth_group_permissions": "unused; no grant",
}
CATALOGUE = """
select c.relname,
       c.relrowsecurity and c.relforcerowsecurity,
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped),
       exists (select from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd = '*'
               and pg_get_expr(p.polqual, p.polrelid) like '%app.tenant%'
               and pg_get_expr(p.polwithcheck, p.polrelid) like '%app.tenant%'),
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'engagement_id' and not a.attisdropped),
       exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive and p.polcmd = '*'
               and pg_get_expr(p.polqual, p.polrelid) like '%app.engagements%'),
       array(select g.privilege_type::text from information_schema.role_table_grants g
             where g.table_name = c.relname and g.grantee = 'mspgov_app' order by 1),
       pg_get_userbyid(c.relowner),
       array(select k.conname::text from pg_constraint k join pg_class o on o.oid = k.confrelid
             where k.conrelid = c.oid and k.contype = 'f' and array_length(k.conkey, 1) = 1
             and exists (select from pg_attribute a where a.attrelid = o.oid and a.attname = 'tenant_id')
             and not exists (select from pg_constraint k2 where k2.conrelid = c.oid and k2.contype = 'f'
                             and k2.confrelid = k.confrelid and k2.conkey @> k.conkey and array_length(k2.conkey, 1) > 1)),
       array(select i.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid
             join pg_attribute f on f.attrelid = c.oid and f.attnum = x.indkey[0]
             where x.indrelid = c.oid and x.indisunique and not x.indisprimary
             and f.attname not in ('tenant_id')
             and not exists (select from pg_attribute a join pg_constraint r on r.conrelid = c.oid and r.contype = 'f'
                             where a.attrelid = c.oid and a.attname = f.attname and r.conkey[1] = a.attnum))
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
 order by 1
"""
OPEN_VIEWS = """
select c.relname, c.relkind::text from pg_class c where c.relnamespace = 'public'::regnamespace
   and (c.relkind = 'm' or (c.relkind = 'v' and not coalesce(c.reloptions::text like '%security_invoker=true%', false)))
"""


class Command(commands.Command):
    help = "Lists every table with its wall; exit 2 when one is neither walled nor explained."

    def work(self, **options: Any) -> Any:
        tables, faults = [], []
        with connection.cursor() as c:
            c.execute(CATALOGUE)
            for row in c.fetchall():
                state, why = judge(*row)
                tables.append({"table": row[0], "state": state, "application_may": [g.lower() for g in row[6]]})
                faults += [f"{row[0]}: {w}" for w in why]
            c.execute(OPEN_VIEWS)
            faults += [f"{name}: a view that does not ask as its reader" for name, _ in c.fetchall()]
        self.print_json({"tables": tables, "faults": faults})
        if faults:
            self.refuse(f"{len(faults)} faults, the first: {faults[0]}")


def judge(
    table: str, forced: bool, has_tenant: bool, walled: bool, has_engagement: bool, narrowed: bool,
    grants: list[str], owner: str, loose_keys: list[str], telling_keys: list[str],
) -> tuple[str, list[str]]:  # fmt: skip
    """What a table is, and everything that is wrong with it."""
    why = []
    if {"TRUNCATE", "TRIGGER", "REFERENCES"} & set(grants):
        why.append("the application may do more than read and write rows")
    if owner == "mspgov_app":
        why.append("the application owns it")
    if table in EXPLAINED:
        return f"explained: {EXPLAINED[table]}", why
    if not has_tenant:
        why.append("has no tenant and no explanation")
    if not forced:
        why.append("row security is not forced")
    if not walled:
        why.append("has no policy on the tenant")
    if has_engagement and not narrowed:
        why.append("has an engagement and no policy on it")
    if table.rpartition("_")[2].startswith("historical") and "UPDATE" in grants:
        why.append("history may be changed")
    why += [f"{name} does not hold its rows inside one tenant" for name in loose_keys]
    why += [f"{name} is unique across tenants" for name in telling_keys]
    return "walled", why
