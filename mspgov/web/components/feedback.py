"""What a page says back: nothing there, what is wrong, how far, done."""

from __future__ import annotations

from dataclasses import dataclass

from mspgov.web.components.frame import Action
from mspgov.web.components.gauges import position
from mspgov.web.components.marks import Phrase


@dataclass(frozen=True)
class Empty:
    """Why there is nothing, and one way on."""

    sentence: str
    action: Action | None = None


@dataclass(frozen=True)
class FormError:
    text: str
    href: str = ""


@dataclass(frozen=True)
class ErrorSummary:
    """What keeps a form from being saved: a title that counts, then links in page order."""

    title: str
    errors: tuple[FormError, ...]


@dataclass(frozen=True)
class Progress:
    """How far a run is: `lead` in 600, a sentence with done, total and time left; `faults` are ratios where rows had errors.

    poll_url is asked again every two seconds while it runs.
    """

    lead: str
    sentence: str
    ratio: float
    faults: tuple[float, ...] = ()
    stop: Action | None = None
    poll_url: str = ""

    @property
    def filled(self) -> float:
        return position(self.ratio, 0, 1)

    @property
    def fault_marks(self) -> tuple[float, ...]:
        return tuple(position(fault, 0, 1) for fault in self.faults)


@dataclass(frozen=True)
class RowError:
    """What is wrong with a row, and the fix as a button."""

    text: str
    fix: Action | None = None


@dataclass(frozen=True)
class Toast:
    """One sentence and at most one undo; stays until read when it reports a failure."""

    sentence: Phrase
    action: Action | None = None
    failure: bool = False


@dataclass(frozen=True)
class WizardStep:
    label: str
    note: str = ""
    href: str = ""
    current: bool = False
    done: bool = False


@dataclass(frozen=True)
class Wizard:
    """Numbered steps of a longer task, the current one underlined."""

    steps: tuple[WizardStep, ...]
    label: str = "Steps"
