from django.apps import AppConfig


class ItsmConfig(AppConfig):
    name = "itsm"
    default_auto_field = "django.db.models.BigAutoField"
