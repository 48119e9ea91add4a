"""The tree of causes: categories, and what may be meant by each more exactly. Keys are kept for good; words may change."""

from typing import Final, NamedTuple


class Cause(NamedTuple):
    key: str
    label: str
    finer: tuple[tuple[str, str], ...] = ()


UNKNOWN: Final = "unknown"
CAUSES: Final = (
    Cause("process", "Process", (
        ("process.missing", "No procedure for it"), ("process.not-followed", "Procedure not followed"),
        ("process.handover", "Handover with gaps"))),
    Cause("monitoring", "Monitoring", (
        ("monitoring.blind", "Nothing watched it"), ("monitoring.nobody", "Alert reached nobody"),
        ("monitoring.noise", "Alert lost among others"))),
    Cause("supplier", "Supplier", (
        ("supplier.fault", "Fault at the supplier"), ("supplier.late", "Supplier was late"),
        ("supplier.terms", "Not covered by the supplier's terms"))),
    Cause("change", "Change", (
        ("change.untested", "Not tested"), ("change.unapproved", "Not approved"),
        ("change.no-way-back", "No way back"))),
    Cause("capacity", "Capacity", (
        ("capacity.demand", "More demand than planned"), ("capacity.limit", "Limit not known"))),
    Cause("configuration", "Configuration", (
        ("configuration.wrong", "Set wrongly"), ("configuration.drift", "Drifted from the standard"),
        ("configuration.expired", "Certificate or licence expired"))),
    Cause("people", "People and skills", (
        ("people.skills", "Skill missing"), ("people.one", "Depended on one person"), ("people.slip", "Slip"))),
    Cause(UNKNOWN, "Unknown, with the next step to find out"),
)  # fmt: skip
LABELS: Final = {key: label for cause in CAUSES for key, label in ((cause.key, cause.label), *cause.finer)}
FULL: Final = {
    **{cause.key: cause.label for cause in CAUSES},
    **{key: f"{cause.label}: {label[:1].lower()}{label[1:]}" for cause in CAUSES for key, label in cause.finer},
}


def apparent(causes: tuple[str, ...]) -> frozenset[str]:
    """The root causes that are named, as exactly as they are: a category counts by itself only where nothing finer of it
    is named; unknown is no cause."""
    finer = {key.partition(".")[0] for key in causes if "." in key}
    return frozenset(key for key in causes if key not in finer and key != UNKNOWN)
