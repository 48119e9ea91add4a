"""People and providers of a tenant: who is here, who is invited, who leaves. Who is accountable for what is in
mspgov.desk.owners; what people do is in the apps."""
