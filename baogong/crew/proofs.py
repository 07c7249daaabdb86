"""
From when to when a person may work at a place: pure, from what the book holds and the rule that counts at each moment.

A requirement is covered over stretches of time; a person is fit where all of them are. Stretches are half-open
`(start, end)` pairs, in order, not touching; `EVER` and `NEVER` stand for no beginning and no end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

EVER = datetime(1900, 1, 1, tzinfo=UTC)
NEVER = datetime(2200, 1, 1, tzinfo=UTC)
Span = tuple[datetime, datetime]
Spans = tuple[Span, ...]
ALWAYS: Spans = ((EVER, NEVER),)
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked from `from_at` on, until the next one; see `models.proofs.EntryRule` for the units."""

    from_at: datetime
    needs_pass: bool
    needs_firm_listed: bool
    pcr_hours: int | None
    antigen_hours: int | None
    temperature_max_tenths: int | None
    temperature_same_day: bool


@dataclass(frozen=True, slots=True)
class Sample:
    is_pcr: bool
    is_negative: bool
    sampled_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    tenths: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Proofs:
    """All that is known of one person at one place; `samples` and `readings` in the order of their moments."""

    passes: Spans = ()
    firm_listed: Spans = ()
    samples: tuple[Sample, ...] = ()
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """
    Why somebody is not fit at a moment.

    is_due  the proof is one of the day itself, and there is still time to give it
    """

    code: str
    text_zh: str
    text_en: str
    is_due: bool = False


OF_THE_DAY = ("ANTIGEN_MISSING", "TEMPERATURE_MISSING")


def fit_spans(
    proofs: Proofs, rules: Sequence[Rule], *, shift_at: datetime, zone: tzinfo, of_the_day: bool = True
) -> Spans:
    """
    When the person is fit.

    rules       by `from_at`, the first one from EVER
    shift_at    when the shift begins, before which the antigen test is taken
    of_the_day  False: as if what is only given on the day (antigen, temperature) were there
    """
    found: list[Span] = []
    for rule, until in zip(rules, [*(rule.from_at for rule in rules[1:]), NEVER], strict=True):
        spans: Spans = ((rule.from_at, until),) if rule.from_at < until else ()
        for covered in _requirements(proofs, rule, shift_at, zone, of_the_day):
            spans = both(spans, covered)
        found.extend(spans)
    return joined(found)


def reasons_at(
    moment: datetime,
    proofs: Proofs,
    rules: Sequence[Rule],
    *,
    shift_at: datetime,
    zone: tzinfo,
    now: datetime,
    told: Callable[[datetime], str],
) -> tuple[Reason, ...]:
    """Why the person is not fit at the moment; empty where they are. `told`: how a moment is written."""
    rule = [rule for rule in rules if rule.from_at <= moment][-1]
    return tuple(_reasons(moment, proofs, rule, shift_at, zone, now, told))


def span_at(spans: Spans, moment: datetime) -> Span | None:
    return next((span for span in spans if span[0] <= moment < span[1]), None)


def both(one: Spans, other: Spans) -> Spans:
    """Where both are."""
    found = []
    for start, end in one:
        for other_start, other_end in other:
            if max(start, other_start) < min(end, other_end):
                found.append((max(start, other_start), min(end, other_end)))
    return tuple(found)


def joined(spans: Iterable[Span]) -> Spans:
    """In order, those that touch or overlap made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return tuple(found)


def _requirements(proofs: Proofs, rule: Rule, shift_at: datetime, zone: tzinfo, of_the_day: bool) -> Iterable[Spans]:
    yield _not_positive(proofs.samples)
    if rule.needs_pass:
        yield joined(proofs.passes)
    if rule.needs_firm_listed:
        yield joined(proofs.firm_listed)
    if rule.pcr_hours is not None:
        yield _pcr(proofs.samples, rule.pcr_hours)
    if rule.antigen_hours is not None and of_the_day:
        yield _antigen(proofs.samples, rule.antigen_hours, shift_at)
    if rule.temperature_max_tenths is not None:
        yield _temperature(proofs.readings, rule, zone) if of_the_day else _no_fever(proofs.readings, rule, zone)


def _pcr(samples: Sequence[Sample], hours: int) -> Spans:
    lasts = timedelta(hours=hours)
    return joined(
        (sample.sampled_at, sample.sampled_at + lasts) for sample in samples if sample.is_pcr and sample.is_negative
    )


def _antigen(samples: Sequence[Sample], hours: int, shift_at: datetime) -> Spans:
    """A test of the shift covers from its sampling on; when the shift ends, nobody asks for it any more."""
    earliest = shift_at - timedelta(hours=hours)
    return joined(
        (sample.sampled_at, NEVER)
        for sample in samples
        if not sample.is_pcr and sample.is_negative and sample.sampled_at >= earliest
    )


def _not_positive(samples: Sequence[Sample]) -> Spans:
    """Whoever tests positive stays out until a later PCR test is negative."""
    found, clear_from = [], EVER
    for sample in samples:
        if not sample.is_negative and clear_from < NEVER:
            found.append((clear_from, sample.sampled_at))
            clear_from = NEVER
        elif sample.is_negative and sample.is_pcr and clear_from == NEVER:
            clear_from = sample.sampled_at
    return joined([*found, (clear_from, NEVER)])


def _temperature(readings: Sequence[Reading], rule: Rule, zone: tzinfo) -> Spans:
    return joined(
        (start, end) for start, end, reading in _lasting(readings, rule, zone) if not _is_fever(reading, rule)
    )


def _no_fever(readings: Sequence[Reading], rule: Rule, zone: tzinfo) -> Spans:
    """All but the time after a reading that was too high."""
    found, clear_from = [], EVER
    for start, end, reading in _lasting(readings, rule, zone):
        if _is_fever(reading, rule):
            found.append((clear_from, start))
            clear_from = end
    return joined([*found, (clear_from, NEVER)])


def _lasting(readings: Sequence[Reading], rule: Rule, zone: tzinfo) -> Iterable[tuple[datetime, datetime, Reading]]:
    """Each reading with how long it counts: until the next one, until midnight, or for a day."""
    for index, reading in enumerate(readings):
        end = midnight_after(reading.taken_at, zone) if rule.temperature_same_day else reading.taken_at + _DAY
        if index + 1 < len(readings):
            end = min(end, readings[index + 1].taken_at)
        yield reading.taken_at, end, reading


def _is_fever(reading: Reading, rule: Rule) -> bool:
    return rule.temperature_max_tenths is not None and reading.tenths > rule.temperature_max_tenths


def midnight_after(moment: datetime, zone: tzinfo) -> datetime:
    """The next midnight of the zone, in UTC."""
    day = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _reasons(
    moment: datetime,
    proofs: Proofs,
    rule: Rule,
    shift_at: datetime,
    zone: tzinfo,
    now: datetime,
    told: Callable[[datetime], str],
) -> Iterable[Reason]:
    if span_at(_not_positive(proofs.samples), moment) is None:
        at = told(max(each.sampled_at for each in proofs.samples if not each.is_negative and each.sampled_at <= moment))
        yield Reason("POSITIVE", f"{at} 采样阳性，之后没有核酸阴性", f"tested positive on {at}, no negative PCR since")
    if rule.needs_pass and span_at(joined(proofs.passes), moment) is None:
        yield _of_spans(
            proofs.passes,
            moment,
            told,
            Reason("NO_PASS", "没有通行证", "no pass"),
            ("PASS_NOT_YET", "通行证 {} 起才有效", "the pass begins on {}"),
            ("PASS_ENDED", "通行证 {} 已到期", "the pass ended on {}"),
        )
    if rule.needs_firm_listed and span_at(joined(proofs.firm_listed), moment) is None:
        yield Reason("FIRM_NOT_LISTED", "所属单位不在企业白名单上", "the employer is not on the list of firms")
    if rule.pcr_hours is not None and span_at(covered := _pcr(proofs.samples, rule.pcr_hours), moment) is None:
        yield _of_spans(
            covered,
            moment,
            told,
            Reason(
                "PCR_MISSING",
                f"没有 {rule.pcr_hours} 小时内的核酸阴性",
                f"no negative PCR within {rule.pcr_hours} hours",
            ),
            ("PCR_NOT_YET", "核酸 {} 才采样", "the PCR test is only sampled on {}"),
            ("PCR_EXPIRED", "核酸阴性 {} 已过期", "the negative PCR ran out on {}"),
        )
    early = now < moment
    if (
        rule.antigen_hours is not None
        and span_at(_antigen(proofs.samples, rule.antigen_hours, shift_at), moment) is None
    ):
        yield Reason("ANTIGEN_MISSING", "上岗前的抗原阴性还没有", "no negative antigen test before the shift", early)
    if rule.temperature_max_tenths is not None and span_at(_temperature(proofs.readings, rule, zone), moment) is None:
        highest = rule.temperature_max_tenths / 10
        if span_at(_no_fever(proofs.readings, rule, zone), moment) is None:
            yield Reason("TEMPERATURE_HIGH", f"体温高于 {highest:.1f} ℃", f"temperature above {highest:.1f} °C")
        else:
            yield Reason("TEMPERATURE_MISSING", "今天还没有量体温", "no temperature taken that day", early)


def _of_spans(
    spans: Spans,
    moment: datetime,
    told: Callable[[datetime], str],
    none: Reason,
    later: tuple[str, str, str],
    ended: tuple[str, str, str],
) -> Reason:
    """What covers nothing at the moment: never did, no longer does, or not yet."""
    before = [end for _, end in spans if end <= moment]
    after = [start for start, _ in spans if start > moment]
    if before:
        code, zh, en = ended
        at = told(max(before))
    elif after:
        code, zh, en = later
        at = told(min(after))
    else:
        return none
    return Reason(code, zh.format(at), en.format(at))
