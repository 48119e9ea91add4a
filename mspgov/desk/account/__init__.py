"""What belongs to one person: devices, tokens, calendar addresses, how they are told, who they are, and how they join.
Who may do what is in mspgov.desk.people."""
