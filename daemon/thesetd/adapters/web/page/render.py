"""Renders the status page: one function for each section, in the order of importance to an operator."""

from thesetd.adapters.web.page.markup import Html, badge, element, empty, joined, moment, section, table
from thesetd.domain.work.ages import span
from thesetd.domain.work.jobs import JobState, Lane
from thesetd.domain.work.survey import STATES
from thesetd.ports.probes import NOT_PROVED, is_ok, is_trouble
from thesetd.ports.surface.daemon import ScheduleView
from thesetd.ports.surface.status import ExplainedJob, ProviderStatus, Status, WindowStatus

USUAL_S = 10.0  # the database records every few seconds what Redis has received
ALMOST = 0.8  # used share of a window from which it is coloured
UNKNOWN = "Unknown: no recent answer from the database."
_RESULTS = {"done": "good", "failed": "bad", "dead": "bad", "cancelled": "warn"}


def page(glance: Status) -> str:
    """Return the whole page."""
    word, mood = ("ready", "good") if glance.ready else ("not ready", "bad")
    return html_document(
        f"thesetd: {word}",
        joined(
            [
                _header(badge(word, mood), glance),
                element(
                    "main",
                    _health(glance),
                    _imports(glance),
                    _providers(glance),
                    _queue(glance),
                    _failures(glance),
                    _schedules(glance),
                    _freshness(glance),
                    _nodes(glance),
                    _breakers(glance),
                    _actors(glance),
                    id="main",
                ),
                _footer(),
            ]
        ),
    )


def html_document(title: str, body: object, *, live: bool = True) -> str:
    """Return an HTML document with the page's style; a live one refreshes itself, even without scripts."""
    refresh = '<noscript><meta http-equiv="refresh" content="10"></noscript>' if live else ""
    script = '<script src="/page.js" defer></script>' if live else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{element('title', title)}\n"
        '<link rel="icon" href="/icon.svg" type="image/svg+xml">\n<link rel="stylesheet" href="/page.css">\n'
        f"{refresh}{script}\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _header(state: Html, glance: Status) -> Html:
    skip = element("a", "Skip to content", href="#main", class_="skip")
    title = element("h1", "thesetd ", element("span", state, id="state"))
    seen = element("time", f"{glance.at:%H:%M:%S} UTC", datetime=glance.at.isoformat(), id="seen")
    about = element("p", f"Version {glance.version}, as of ", seen, ". ", element("span", id="link", role="status"))
    return element("header", skip, title, about)


def _footer() -> Html:
    links = ("/status", "/metrics", "/readyz", "/healthz", "/events")
    return element("footer", element("p", "For programs: ", *(joined([element("a", x, href=x), " "]) for x in links)))


def _health(glance: Status) -> Html:
    wrong = [(name, text) for name, text in glance.checks.items() if is_trouble(text)]
    right = [name for name, text in glance.checks.items() if is_ok(text)]
    unknown = [name for name, text in glance.checks.items() if text == NOT_PROVED]
    items = [element("li", badge("trouble", "bad"), " ", element("strong", name), f": {text}") for name, text in wrong]
    lines = [(NOT_PROVED, "calm", unknown), ("ok", "good", right)]
    rest = [element("p", badge(word, look), " ", ", ".join(names)) for word, look, names in lines if names]
    return section("health", "Health", element("ul", *items) if items else "", *rest, wide=True)


def _imports(glance: Status) -> Html:
    if glance.jobs_trouble:
        return section("imports", "Imports", empty(f"Unknown: {glance.jobs_trouble}"), wide=True)
    if not glance.imports:
        return section("imports", "Imports", empty("No import is running or waiting."), wide=True)
    items = [_import(one) for one in glance.imports]
    return section("imports", "Imports", element("ul", *items, class_="imports"), wide=True)


def _import(one: ExplainedJob) -> Html:
    job, name = one.job, one.job.name or f"job {one.job.job_id}"
    bar = element(
        "progress", f"{job.progress} %", value=job.progress, max=100, aria_label=f"Import of {name}", class_="bar"
    )
    head = element("p", element("strong", name), f" (job {job.job_id}) ", badge(job.state.value, "calm"))
    said = element("p", element("span", f"{job.progress} %", class_="percent"), " ", _said(job.message), class_="said")
    why = element("p", f"{one.why}; unblocked by {one.unblock}", class_="why") if one.why else ""
    return element("li", head, bar, said, why if job.state is JobState.READY else "", data_job=job.job_id)


def _said(message: str) -> Html:
    return element("span", message, class_="message")


def _providers(glance: Status) -> Html:
    if glance.survey is None:
        return section("providers", "Providers", empty(UNKNOWN), wide=True)
    cards = [_provider(one, glance) for one in glance.survey.providers]
    return section("providers", "Providers", element("div", *cards, class_="cards"), wide=True)


def _provider(one: ProviderStatus, glance: Status) -> Html:
    state, notes = badge("open for calls", "good"), []
    if not one.configured:
        state = badge("not configured", "calm")
    if one.paused:
        state = badge("paused", "warn")
        notes.append(element("p", "Paused: resume it with ", element("code", f"thesetctl resume {one.name}")))
    if one.penalty_until:
        state = badge("penalty", "bad")
        notes.append(element("p", "It blocks calls and may be called again ", moment(one.penalty_until, glance.at)))
    if one.held_until:
        state = badge("held", "bad")
        notes.append(element("p", "It refuses us and is called again ", moment(one.held_until, glance.at, none="now")))
    breaker = next((b for b in glance.breakers if b.name == one.name and b.state != "closed"), None)
    if breaker is not None:
        state = badge(f"breaker {breaker.state}", "bad")
        notes.append(element("p", f"After repeated failures the next probe is in {span(breaker.retry_in_s)}."))
    verdict = glance.checks.get(f"provider {one.name}", "")
    said = element("p", f"Credentials: {verdict}", class_="why") if verdict else ""
    waiting = element("p", f"Calls waiting for their turn: {one.waiting}.") if one.waiting else ""
    windows = [_window(one.name, use, glance) for use in one.windows]
    return element("article", element("h3", one.name, " ", state), *notes, *windows, waiting, said)


def _window(provider: str, use: WindowStatus, glance: Status) -> Html:
    limit, share = use.limit, use.used / use.limit
    text = f"{use.used:,} of {limit:,} calls in {use.period}"
    gauge = element(
        "meter",
        text,
        min=0,
        max=limit,
        value=min(use.used, limit),
        high=int(limit * ALMOST),
        optimum=0,
        aria_label=f"Quota of {provider}: {text}",
    )
    end: Html | str = ""
    if share >= 1 and use.period.endswith("d"):
        end = joined([" ", badge("none left", "bad")])
    elif use.exhausted_at:
        end = joined([", used up ", moment(use.exhausted_at, glance.at)])
    return element("p", gauge, " ", text, end, class_="quota")


def _queue(glance: Status) -> Html:
    if glance.survey is None:
        return section("queue", "Queue", empty(UNKNOWN))
    backlog, rows = glance.survey, []
    for lane in Lane:
        groups = [group for group in backlog.jobs if group.lane == lane.label]
        counts = [sum(group.count for group in groups if group.state == state) for state in STATES]
        due = [group.oldest for group in groups if group.state == "ready"]
        rows.append((lane.label, *counts, span((glance.at - min(due)).total_seconds()) if due else "-"))
    backlog_text = "Redis has received every event."
    first = backlog.oldest_unpublished
    if first and (waited_s := (glance.at - first).total_seconds()) > USUAL_S:
        backlog_text = f"Events waiting for Redis: {backlog.unpublished}, the oldest for {span(waited_s)}."
    headings = ("Lane", "Ready", "Deferred", "Running", "Dead", "Oldest waits")
    return section("queue", "Queue", table("Jobs by lane and state", headings, rows), element("p", backlog_text))


def _failures(glance: Status) -> Html:
    if glance.jobs_trouble:
        return section("failures", "Recent failures", empty(f"Unknown: {glance.jobs_trouble}"))
    items = [
        element(
            "li",
            element(
                "p",
                element("strong", one.job.name or one.job.kind.value),
                f" (job {one.job.job_id}) ",
                badge(one.job.state.value, "bad"),
                " ",
                moment(one.job.completed_at, glance.at, none=""),
            ),
            element("p", one.why or one.job.error or "", class_="why"),
            element("p", "Unblocked by ", element("code", one.unblock.strip("`"))) if one.unblock else "",
        )
        for one in glance.failures
    ]
    return section("failures", "Recent failures", element("ul", *items) if items else empty("No job failed lately."))


def _schedules(glance: Status) -> Html:
    rows = [
        (
            view.name,
            _next(view, glance),
            moment(view.last_fired, glance.at),
            _result(view, glance),
        )
        for view in glance.schedules
    ]
    if not rows:
        return section("schedules", "Schedules", empty(UNKNOWN))
    headings = ("Schedule", "Next", "Last fired", "Last result")
    return section("schedules", "Schedules", table("Schedules with their plans", headings, rows))


def _next(view: ScheduleView, glance: Status) -> Html:
    if not view.enabled:
        return badge("off", "calm")
    return badge("paused", "warn") if view.paused else moment(view.next_due, glance.at, none="not planned yet")


def _result(view: ScheduleView, glance: Status) -> Html:
    if view.last_result is None:
        return element("span", "none yet")
    word = badge(view.last_result, _RESULTS.get(view.last_result, "calm"))
    if view.last_result == JobState.DONE.value:
        return joined([word, " ", moment(view.last_success, glance.at)])
    return joined([word, " ", view.last_error or "", ", last success ", moment(view.last_success, glance.at)])


def _freshness(glance: Status) -> Html:
    if glance.survey is None:
        return section("freshness", "Freshness", empty(UNKNOWN))
    rows = [
        (
            ages.aspect,
            f"{ages.copies:,}",
            f"{ages.due:,}",
            span((glance.at - ages.oldest_due).total_seconds()) if ages.oldest_due else "-",
            span(ages.mean_age_s),
        )
        for ages in glance.survey.freshness
    ]
    if not rows:
        return section("freshness", "Freshness", empty("No artist has been refreshed yet."))
    headings = ("Kind", "Artists", "Due", "Longest due for", "Mean age")
    return section("freshness", "Freshness", table("How fresh the data is", headings, rows))


def _nodes(glance: Status) -> Html:
    if glance.survey is None:
        return section("nodes", "Nodes", empty(UNKNOWN))
    rows = [
        (
            node.name,
            badge("live", "good") if node.live else badge("gone", "calm"),
            node.jobs,
            moment(node.started_at, glance.at),
        )
        for node in glance.survey.nodes
    ]
    return section("nodes", "Nodes", table("Nodes and their jobs", ("Node", "State", "Running jobs", "Started"), rows))


def _breakers(glance: Status) -> Html:
    moods = {"closed": "good", "half-open": "warn", "open": "bad"}
    rows = [
        (
            one.name,
            badge(one.state, moods[one.state]),
            one.failures,
            f"in {span(one.retry_in_s)}" if one.retry_in_s else "-",
        )
        for one in glance.breakers
    ]
    return section(
        "breakers", "Breakers", table("Circuit breakers", ("Breaker", "State", "Failures", "Next probe"), rows)
    )


def _actors(glance: Status) -> Html:
    rows = [
        (
            one.name,
            badge(one.state if one.health == "ok" else one.health, "bad" if one.trouble else "good"),
            one.mailbox,
            one.restarts,
            one.last_error or "-",
        )
        for one in glance.actors
    ]
    headings = ("Actor", "State", "Mailbox", "Restarts", "Last error")
    troubled = sum(one.trouble is not None for one in glance.actors)
    summary = f"{len(rows) - troubled} of {len(rows)} actors work"
    shown = element("details", element("summary", summary), table("Actors in start order", headings, rows))
    return section("actors", "Actors", shown)
