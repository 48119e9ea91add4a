from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ObligationsConfig(AppConfig):
    name = "mspgov.obligations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscover_modules("policy")  # each app says who reads the kinds that it raises
