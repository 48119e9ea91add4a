from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "mspgov.documents"
    default_auto_field = "django.db.models.BigAutoField"
