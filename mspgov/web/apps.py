from django.apps import AppConfig
from django.core.validators import MaxValueValidator, MinValueValidator


class WebConfig(AppConfig):
    name = "mspgov.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Django has no setting for the words of its bounds but a translation of English into English
        MinValueValidator.message = "It must be at least %(limit_value)s."
        MaxValueValidator.message = "It must be at most %(limit_value)s."
