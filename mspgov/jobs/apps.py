from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule


class JobsConfig(AppConfig):
    name = "mspgov.jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load every app's runs.py, so that workers and commands know all kinds of run."""
        import_module("mspgov.celery")  # the default application of @shared_task
        for config in apps.get_app_configs():
            if config.module and module_has_submodule(config.module, "runs"):
                import_module(f"{config.name}.runs")
