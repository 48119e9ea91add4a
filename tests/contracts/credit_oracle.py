"""A second, slow opinion on credits, written from the rules' text alone: plain documents in, the printed document out.

It shares no code with contracts.calc; it looks at every month of every level again and again instead of keeping state.
"""

import calendar
from datetime import date
from fractions import Fraction

DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}


def oracle(terms: dict, results: dict) -> dict:
    return Oracle(terms, results).answer()


class Oracle:
    def __init__(self, terms, results):
        self.levels = terms["service_levels"]
        self.regime = terms["credit_regime"]
        self.kind = self.regime["kind"]
        self.contract = terms["contract"]
        self.digits = DIGITS[self.contract["currency"]]
        self.months = sorted(results["months"], key=lambda m: m["month"])

    # months
    def ends(self, month):
        year, number = map(int, month.split("-"))
        return f"{month}-{calendar.monthrange(year, number)[1]:02d}"

    def number(self, month):
        year, number = map(int, month[:7].split("-"))
        return year * 12 + number

    def ramp(self, month):
        return "ramp_up_until" in self.regime and self.ends(month) <= str(self.regime["ramp_up_until"])

    def earlier(self, index):
        """Indices of months whose misses and defaults count for this month, the latest first."""
        for i in range(index - 1, -1, -1):
            apart = not self.regime.get("ramp_up_counts", False)
            if apart and self.ramp(self.months[i]["month"]) != self.ramp(self.months[index]["month"]):
                return
            yield i

    # rule 1
    def attainment(self, index, level):
        result = self.months[index].get("results", {}).get(level["key"])
        if result is None or "excused" in result:
            return None
        if "value" in result:
            return Fraction(result["value"])
        return Fraction(result["met"] * 100, result["total"]) if result["total"] else None

    # rule 2
    def forgiven(self, index, level):
        low, result = level.get("low_volume"), self.months[index].get("results", {}).get(level["key"])
        if low is None or self.attainment(index, level) is None or "value" in result:
            return False
        few = result["total"] < low["below"]
        return few and result["total"] - result["met"] <= low.get("allowed_failures", 0)

    def missed(self, index, level):
        attainment = self.attainment(index, level)
        return (
            attainment is not None and attainment < Fraction(str(level["expected"])) and not self.forgiven(index, level)
        )

    # rule 3
    def cause(self, index, level):
        attainment = self.attainment(index, level)
        if attainment is None or self.forgiven(index, level):
            return None
        if self.kind == "tiers":
            return "tier" if self.tier_percent(attainment, level) is not None else None
        if self.kind == "points":
            return "points" if self.missed(index, level) and level["key"] in self.regime["points"] else None
        minimum = level.get("minimum")
        if self.regime.get("below_minimum") == 1 and minimum is not None and attainment < Fraction(str(minimum)):
            return "below_minimum"
        rule = self.regime.get("below_expected")
        if rule and self.missed(index, level):
            this = self.number(self.months[index]["month"])
            window = [
                i
                for i in [index, *self.earlier(index)]
                if this - self.number(self.months[i]["month"]) <= rule["in_months"] - 1 and self.missed(i, level)
            ]
            if len(window) >= rule["misses"]:
                return "repeated_miss"
        return None

    def tier_percent(self, attainment, level):
        percents = [
            Fraction(str(tier["percent"]))
            for tier in self.regime["tiers"].get(level["key"], [])
            if Fraction(str(tier["below"])) > attainment
        ]
        return max(percents) if percents else None

    def measured_before(self, index, level):
        return [i for i in self.earlier(index) if self.attainment(i, level) is not None]

    def consecutive(self, index, level):
        length = 1
        for i in self.measured_before(index, level):
            if self.cause(i, level) is None:
                break
            length += 1
        return length

    # rule 4
    def points(self, index, level):
        bands = self.regime["points"][level["key"]]
        attainment = self.attainment(index, level)
        points = bands["minor"]
        for band in ("serious", "severe"):
            if f"{band}_below" in bands and attainment < Fraction(str(bands[f"{band}_below"])):
                points = bands[band]
        before = self.measured_before(index, level)
        return points * bands.get("repeat", 1) if before and self.missed(before[0], level) else points

    def multiplier(self, index, level):
        steps = self.regime.get("continued", [1])
        return steps[min(self.consecutive(index, level), len(steps)) - 1]

    def rounded(self, amount):
        """Half up to whole minor units, of an amount in major units."""
        return int(amount * 10**self.digits + Fraction(1, 2))

    def shares(self, total, weights):
        exact = [Fraction(total) * w / sum(weights) for w in weights]
        parts = [int(e) for e in exact]
        while sum(parts) < total:
            worst = max(range(len(parts)), key=lambda i: (exact[i] - parts[i], -i))
            parts[worst] += 1
            exact[worst] = Fraction(parts[worst]) - 1
        return parts

    def before_cap(self, index, defaults):
        month = self.months[index]
        charges = Fraction(month["charges"])
        if self.ramp(month["month"]) or not defaults:
            return [0] * len(defaults)
        if self.kind == "points":
            weights = [self.points(index, level) for level in defaults]
            percent = None
            for row in self.regime["schedule"]:
                if row["points"] <= sum(weights):
                    percent = Fraction(str(row["percent"]))
            if percent is None or sum(weights) == 0:
                return [0] * len(defaults)
            return self.shares(self.rounded(charges * percent / 100), weights)
        amounts = []
        for level in defaults:
            if self.kind == "tiers":
                base = Fraction(month.get("charges_by_service_level", {}).get(level["key"], month["charges"]))
                share = self.tier_percent(self.attainment(index, level), level) / 100
            else:
                base = charges
                share = Fraction(str(self.regime["at_risk_percent"])) / 100
                share *= Fraction(str(self.regime.get("allocations", {}).get(level["key"], 0))) / 100
                share *= Fraction(str(self.multiplier(index, level)))
            amounts.append(self.rounded(base * share))
        return amounts

    # rule 6
    def cap(self, index):
        percents = [Fraction(str(self.regime[k])) for k in ("cap_percent", "at_risk_percent") if k in self.regime]
        return self.rounded(Fraction(self.months[index]["charges"]) * min(percents) / 100) if percents else None

    def text(self, units):
        digits = str(units).zfill(self.digits + 1)
        return f"{digits[: -self.digits]}.{digits[-self.digits :]}" if self.digits else digits

    def answer_month(self, index):
        defaults = [level for level in self.levels if self.cause(index, level)]
        before, cap = self.before_cap(index, defaults), self.cap(index)
        capped = cap is not None and sum(before) > cap
        after = self.shares(cap, before) if capped else before
        rows = []
        for level in self.levels:
            attainment = self.attainment(index, level)
            if attainment is None:
                continue
            ten_thousandths = str(int(attainment * 10000 + Fraction(1, 2))).zfill(5)
            shown = f"{ten_thousandths[:-4]}.{ten_thousandths[-4:]}"
            row = {"service_level": level["key"], "attainment": shown, "default": level in defaults}
            if level in defaults:
                place = defaults.index(level)
                row |= {"cause": self.cause(index, level), "consecutive": self.consecutive(index, level)}
                if self.kind == "at_risk":
                    row["multiplier"] = str(self.multiplier(index, level))
                if self.kind == "points":
                    row["points"] = self.points(index, level)
                row |= {"before_cap": self.text(before[place]), "amount": self.text(after[place])}
            rows.append(row)
        return {"month": self.months[index]["month"], "credits": rows, "total": self.text(sum(after)), "capped": capped}

    # rule 7
    def earned_back(self, months):
        first = self.number(str(self.contract["starts"]))
        last = self.number(str(self.contract["ends"]))
        by_number = {self.number(m["month"]): i for i, m in enumerate(self.months)}
        for year in range(first, last + 1, 12):
            numbers = range(year, year + 12)
            if any(n not in by_number or n > last for n in numbers):
                continue
            indices = [by_number[n] for n in numbers]
            for level in self.levels:
                measured = [a for i in indices if (a := self.attainment(i, level)) is not None]
                units = sum(
                    int(row["amount"].replace(".", ""))
                    for i in indices
                    for row in months[i]["credits"]
                    if row["service_level"] == level["key"] and "amount" in row
                )
                if measured and units and sum(measured) / len(measured) >= Fraction(str(level["expected"])):
                    ends = date.fromisoformat(self.ends(self.months[indices[-1]]["month"]))
                    yield {"year_ends": str(ends), "service_level": level["key"], "amount": self.text(units)}

    def answer(self):
        months = [self.answer_month(i) for i in range(len(self.months))]
        backs = list(self.earned_back(months)) if "earn_back" in self.regime else []
        return {"months": months, "earn_backs": backs}
