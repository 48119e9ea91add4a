"""Who is accountable for which service domain, from when, and who stands in. Who is on a day is said by
mspgov.tenancy.offices; people themselves are in mspgov.desk.people."""
