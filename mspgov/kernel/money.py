"""Money: a decimal amount of one currency, rounded once where a rule says so, split without losing a cent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from mspgov.kernel.faults import Fault
from mspgov.kernel.ratio import half_up, scaled

TWO_DECIMALS: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
    "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
    "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW "
    "ZWG ANG CUC HRK SLL ZWL"
)
OTHER_DECIMALS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_UNITS: Final[dict[str, int]] = dict.fromkeys(TWO_DECIMALS.split(), 2) | {
    code: decimals for decimals, codes in OTHER_DECIMALS.items() for code in codes.split()
}
"""Decimals of each currency by ISO 4217 (list of 2025, with a few codes that were withdrawn lately)."""

AMOUNT = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
MOST_DIGITS: Final = 15


def minor_units(currency: str) -> int:
    """Decimals of the currency by ISO 4217: EUR 2, JPY 0, KWD 3. LookupError when the code is unknown."""
    return MINOR_UNITS[currency]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, always with the decimals of that currency.

    Adds and compares only its own currency (ValueError); an amount finer than the minor unit is a ValueError.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError(f"{self.amount} is no amount")
        if self.amount.as_tuple().exponent == -minor_units(self.currency):
            return
        units = Fraction(self.amount) * 10 ** minor_units(self.currency)
        if units.denominator != 1:
            raise ValueError(f"{self.amount} is finer than the minor unit of {self.currency}")
        object.__setattr__(self, "amount", Decimal(scaled(units.numerator, minor_units(self.currency))))

    @classmethod
    def of_units(cls, units: int, currency: str) -> "Money":
        """So many minor units: of_units(5, "EUR") is EUR 0.05."""
        return cls(Decimal(scaled(units, minor_units(currency))), currency)

    @classmethod
    def rounded(cls, amount: Fraction, currency: str) -> "Money":
        """The amount rounded half up to the minor unit."""
        return cls.of_units(half_up(amount * 10 ** minor_units(currency)), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls.of_units(0, currency)

    @property
    def units(self) -> int:
        """The amount in minor units."""
        return int(format(self.amount, "f").replace(".", ""))

    @property
    def text(self) -> str:
        """The amount without currency or grouping, as files carry it: `4210.00`."""
        return scaled(self.units, minor_units(self.currency))

    @property
    def grouped(self) -> str:
        """The amount as people read it: `4,210.00`."""
        whole, dot, decimals = self.text.partition(".")
        return f"{int(whole):,}{dot}{decimals}" if whole != "-0" else f"-0{dot}{decimals}"

    def __str__(self) -> str:
        return f"{self.currency} {self.grouped}"

    def __add__(self, other: "Money") -> "Money":
        return Money.of_units(self.units + self._same(other).units, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money.of_units(self.units - self._same(other).units, self.currency)

    def __neg__(self) -> "Money":
        return Money.of_units(-self.units, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other).amount

    def __bool__(self) -> bool:
        return bool(self.amount)

    def _same(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other


def split_by_largest_remainder(total: Money, weights: Sequence[Fraction | Decimal | int]) -> tuple[Money, ...]:
    """The total in proportion to the weights, in minor units that add up to it exactly.

    Each share is rounded down, what is left goes to the largest remainders, ties by order (Hamilton's method).
    ValueError for a negative total or weight, or weights that are all zero.
    """
    return tuple(Money.of_units(units, total.currency) for units in split_units(total.units, weights))


def split_units(total: int, weights: Sequence[Fraction | Decimal | int]) -> list[int]:
    """`split_by_largest_remainder` for whole units."""
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact, Fraction(0))
    if total < 0 or whole <= 0 or min(exact) < 0:
        raise ValueError("only a positive total can be split, by weights that are not negative and not all zero")
    shares = [total * weight / whole for weight in exact]
    units = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(range(len(units)), key=lambda i: units[i] - shares[i])
    for i in by_remainder[: total - sum(units)]:
        units[i] += 1
    return units


def read_currency(code: object, path: str) -> str:
    """A currency code of ISO 4217; Fault if there is none such."""
    if not isinstance(code, str) or code not in MINOR_UNITS:
        raise Fault(path, "must be a currency of ISO 4217, such as EUR")
    return code


def read_money(text: object, currency: str, path: str) -> Money:
    """An amount of at least zero written as text (`"84200.00"`); Fault for a number, too many decimals or digits."""
    if not isinstance(text, str):
        raise Fault(path, 'money must be a string, such as "84200.00"')
    match = AMOUNT.fullmatch(text)
    if match is None:
        raise Fault(path, f"{text[:40]!a} is not an amount such as 84200.00")
    sign, whole, decimals = match.groups()
    most = minor_units(currency)
    if len(decimals or "") > most:
        raise Fault(path, f"{currency} has {most or 'no'} decimals")
    if len(whole.lstrip("0")) > MOST_DIGITS:
        raise Fault(path, f"must have at most {MOST_DIGITS} digits before the decimals")
    if sign:
        raise Fault(path, "must not be negative")
    return Money(Decimal(text), currency)
