from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "mspgov.obligations"
    default_auto_field = "django.db.models.BigAutoField"
