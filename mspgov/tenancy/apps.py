from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    name = "mspgov.tenancy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .walls import lay

        post_migrate.connect(lay, sender=self)
