from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "mspgov.mail"
    default_auto_field = "django.db.models.BigAutoField"
