"""What the scheduler may ask for, and nothing else."""

import pytest
from django.utils.module_loading import import_string

from mspgov.jobs.tasks import sweep
from mspgov.schedule import BEAT, SWEEPS


@pytest.mark.parametrize("what", SWEEPS)
def test_what_is_on_the_schedule_is_there_and_is_called_by_its_name(what: str) -> None:
    assert callable(import_string(what))
    assert BEAT[what]["args"] == [what]


def test_what_is_not_on_the_schedule_is_not_done() -> None:
    with pytest.raises(ValueError, match=r"os\.getcwd is not on the schedule"):
        sweep("os.getcwd")
