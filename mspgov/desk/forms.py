"""What a person may type at the desk."""

from django import forms

from mspgov.tenancy.models import Tenant, Token


class NewToken(forms.Form):
    widths = {"name": "half", "scope": "quarter", "days": "quarter"}

    name = forms.CharField(max_length=100, help_text="What it is for, such as Reporting")
    scope = forms.ChoiceField(label="May", choices=Token.Scope.choices, initial=Token.Scope.READ)
    days = forms.IntegerField(label="Days it works", min_value=1, max_value=3660, initial=90)


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]
    """What holds for the whole organisation."""

    class Meta:
        model = Tenant
        fields = ("financial_entity", "two_factor_required")
